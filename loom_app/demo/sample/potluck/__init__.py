"""Recipes that stretch to however many friends turn up."""

from potluck.amounts import format_amount, parse_amount
from potluck.ingredients import Ingredient, describe, parse_line
from potluck.recipes import Recipe, parse_recipe
from potluck.shopping import shopping_list

__all__ = [
    "Ingredient",
    "Recipe",
    "describe",
    "format_amount",
    "parse_amount",
    "parse_line",
    "parse_recipe",
    "shopping_list",
]
