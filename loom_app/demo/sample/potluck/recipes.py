"""A recipe: read from plain text, stretched to any number of guests."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from potluck.ingredients import Ingredient, parse_line

STEP = re.compile(r"\d+\.\s+(.+)")
SERVES = re.compile(r"serves\s+(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Recipe:
    """A dish for a number of guests."""

    title: str
    servings: int
    ingredients: tuple[Ingredient, ...] = ()
    steps: tuple[str, ...] = ()

    def scaled_to(self, servings: int) -> Recipe:
        """The same dish for another number of guests.

        What is counted rather than measured (eggs, lemons) comes out whole.
        Raises ValueError when nobody is coming.
        """
        return replace(self, servings=servings)


def parse_recipe(text: str) -> Recipe:
    """Read a recipe: title, "serves N", lines with "- ingredient", lines with "1. step".

    Raises ValueError when the title or the number of servings is missing.
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 2:
        raise ValueError("a recipe starts with its title, then a line such as 'serves 4'")
    serves = SERVES.fullmatch(lines[1])
    if serves is None or int(serves[1]) < 1:
        raise ValueError(f"the second line should read 'serves 4', not {lines[1]!r}")
    return Recipe(
        title=lines[0],
        servings=int(serves[1]),
        ingredients=tuple(parse_line(line[1:]) for line in lines[2:] if line.startswith("-")),
        steps=tuple(step[1] for step in map(STEP.fullmatch, lines[2:]) if step),
    )
