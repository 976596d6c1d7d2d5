"""Ids of new beads, as the beads tool makes them: short, of the project's prefix, unlikely to meet another's."""

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BYTES_OF_LENGTH = {3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
NONCES = 10
COLLISION_BOUND = 0.25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def length_for(count: int) -> int:
    """The shortest length (3 to 8) at which `count` ids meet with a probability of at most a quarter.

    The birthday bound 1 - exp(-n² / 2N) with N = 36^length.
    """
    for length in BYTES_OF_LENGTH:
        if 1 - math.exp(-(count**2) / (2 * 36**length)) <= COLLISION_BOUND:
            return length
    return max(BYTES_OF_LENGTH)


def candidates(
    prefix: str, count: int, *, title: str, description: str, creator: str, moment: datetime
) -> Iterator[str]:
    """Ids to try in turn in a project of `count` beads: ten of the fitting length, then ten of each longer one."""
    nanoseconds = (moment - EPOCH) // timedelta(microseconds=1) * 1000
    for length in range(length_for(count), max(BYTES_OF_LENGTH) + 1):
        for nonce in range(NONCES):
            seed = f"{title}|{description}|{creator}|{nanoseconds}|{nonce}"
            yield f"{prefix}-{short_hash(seed, length)}"


def short_hash(seed: str, length: int) -> str:
    """The last `length` base 36 digits of the first bytes of the SHA-256 of `seed`."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[: BYTES_OF_LENGTH[length]], "big")
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits
