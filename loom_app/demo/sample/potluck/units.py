"""Kitchen units and how large they are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Unit:
    """A unit of measure. The size is in millilitres for volumes and in grams for weights."""

    name: str
    plural: str
    kind: str
    size: Fraction


UNITS = {
    "ml": Unit("ml", "ml", "volume", Fraction(1)),
    "l": Unit("l", "l", "volume", Fraction(1000)),
    "tsp": Unit("tsp", "tsp", "volume", Fraction(5)),
    "tbsp": Unit("tbsp", "tbsp", "volume", Fraction(20)),
    "cup": Unit("cup", "cups", "volume", Fraction(240)),
    "g": Unit("g", "g", "weight", Fraction(1)),
    "kg": Unit("kg", "kg", "weight", Fraction(1000)),
    "oz": Unit("oz", "oz", "weight", Fraction(2835, 100)),
    "lb": Unit("lb", "lb", "weight", Fraction(45360, 100)),
}

ALIASES = {
    "cups": "cup",
    "teaspoon": "tsp",
    "teaspoons": "tsp",
    "tablespoon": "tbsp",
    "tablespoons": "tbsp",
    "litre": "l",
    "litres": "l",
    "liter": "l",
    "liters": "l",
    "gram": "g",
    "grams": "g",
    "ounce": "oz",
    "ounces": "oz",
    "pound": "lb",
    "pounds": "lb",
}


def find_unit(word: str) -> Unit | None:
    """The unit that a word in a recipe stands for, or None when it stands for none."""
    return UNITS.get(ALIASES.get(word, word))


def convert(amount: Fraction, source: Unit, target: Unit) -> Fraction:
    """The same quantity in another unit. Raises ValueError between a volume and a weight."""
    return amount * source.size / target.size
