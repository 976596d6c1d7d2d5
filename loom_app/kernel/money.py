"""Money: whole micro-dollars inside, dollars only where a person reads them."""

from typing import NewType

Micros = NewType("Micros", int)
"""An amount in millionths of a US dollar."""

TOKENS_PER_PRICE = 1_000_000
LARGEST_PRICE = 10**10
"""Micro-dollars per million tokens: ten thousand dollars, far above every model there is."""


def rounded(millionths: int) -> Micros:
    """Millionths of micro-dollars as whole micro-dollars, half up. Nothing else of Loom's rounds money."""
    return Micros((millionths + TOKENS_PER_PRICE // 2) // TOKENS_PER_PRICE)


def price(tokens: int, micros_per_mtok: int) -> Micros:
    """What `tokens` cost at `micros_per_mtok` micro-dollars per million tokens, rounded half up."""
    return rounded(tokens * micros_per_mtok)


def dollars(amount: int | None) -> str:
    """`amount` micro-dollars for a person: at least two, at most six decimals; None is "unpriced"."""
    if amount is None:
        return "unpriced"
    sign, whole = ("-" if amount < 0 else ""), abs(amount)
    decimals = f"{whole % 1_000_000:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole // 1_000_000:,}.{decimals}"


def dollars_known(amount: int, unpriced: int) -> str:
    """The sum `amount` for a person, beside which so many have no price: never $0.00 for what nobody knows."""
    return dollars(None if unpriced and not amount else amount)
