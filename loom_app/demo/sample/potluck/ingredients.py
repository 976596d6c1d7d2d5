"""One line of an ingredient list."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from potluck.amounts import format_amount
from potluck.units import Unit


@dataclass(frozen=True)
class Ingredient:
    """What goes in: two cups (amount and unit) of flour (name), sifted (note)."""

    name: str
    amount: Fraction | None = None
    unit: Unit | None = None
    note: str = ""


def parse_line(line: str) -> Ingredient:
    """Read a line such as "2 cups of flour, sifted". Only a name is required."""
    return Ingredient(name=line.strip())


def describe(item: Ingredient) -> str:
    """Write an ingredient as one line that parse_line reads back."""
    words = []
    if item.amount is not None:
        words.append(format_amount(item.amount))
        if item.unit is not None:
            words.append(item.unit.plural if item.amount > 1 else item.unit.name)
    words.append(item.name)
    line = " ".join(words)
    return f"{line}, {item.note}" if item.note else line
