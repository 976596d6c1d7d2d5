"""Slows guessing down: after a few failures each further one makes the guesser wait longer.

Counted for an account from one address, so that nobody can lock a person out from elsewhere, and for an address
over all accounts. Six-digit codes are counted for the account from wherever they come, since few guesses hit one and
only who knows the password can try; recovery codes, which nobody guesses, let its owner in meanwhile. Kept in the
memory of the process, bounded; a restart forgets it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from loom_app.kernel.errors import TooMany

REMEMBERED = 10_000
LONGEST_WAIT = 300.0
FORGIVEN_AFTER = 3_600.0
FREE_PER_ACCOUNT, FREE_PER_ADDRESS = 5, 50


@dataclass
class _Tally:
    failures: int = 0
    last: float = 0.0
    open_from: float = 0.0


_Book = OrderedDict[tuple[str, ...], _Tally]


class Throttle:
    """Counts attempts. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tallies: _Book = OrderedDict()
        self._codes: _Book = OrderedDict()
        """Apart from the others, so that attempts from many addresses cannot have it forgotten."""

    def admit(self, account: str, address: str) -> None:
        """Counts an attempt as failed until `succeeded` is told. Raises TooMany with `retry_after` in seconds.

        Counting first keeps a hundred attempts at once from all being the first one.
        """
        self._admit(self._tallies, (_pair(account, address), FREE_PER_ACCOUNT), ((address,), FREE_PER_ADDRESS))

    def admit_code(self, user_id: str) -> None:
        """Counts a one-time code of the user as wrong until `code_was_right` is told. Raises TooMany."""
        self._admit(self._codes, ((user_id,), FREE_PER_ACCOUNT))

    def code_was_right(self, user_id: str) -> None:
        """Forgets the wrong codes of the user."""
        self._codes.pop((user_id,), None)

    def succeeded(self, account: str, address: str) -> None:
        """Forgets the account's failures from that address, and the one counted for the address."""
        self._tallies.pop(_pair(account, address), None)
        tally = self._tallies.get((address,))
        if tally:
            tally.failures = max(0, tally.failures - 1)
            tally.open_from = 0.0 if tally.failures < FREE_PER_ADDRESS else tally.open_from

    def _admit(self, book: _Book, *limits: tuple[tuple[str, ...], int]) -> None:
        moment = self._clock()
        wait = max(_tally(book, key, moment).open_from - moment for key, _ in limits)
        if wait > 0:
            raise _slow_down(wait)
        for key, free in limits:
            _count(_tally(book, key, moment), moment, free)


def _tally(book: _Book, key: tuple[str, ...], moment: float) -> _Tally:
    tally = book.setdefault(key, _Tally())
    if moment - tally.last > FORGIVEN_AFTER:
        tally.failures, tally.open_from = 0, 0.0
    book.move_to_end(key)
    while len(book) > REMEMBERED:
        book.popitem(last=False)
    return tally


def _pair(account: str, address: str) -> tuple[str, ...]:
    return (account.lower(), address)


def _count(tally: _Tally, moment: float, free: int) -> None:
    tally.failures += 1
    tally.last = moment
    if tally.failures >= free:
        tally.open_from = moment + min(2.0 ** min(tally.failures - free, 20), LONGEST_WAIT)


def _slow_down(wait: float) -> TooMany:
    return TooMany(
        f"Too many attempts that failed. Wait {max(1, round(wait))} seconds and try again.",
        code="too_many_attempts",
        retry_after=round(wait, 1),
    )
