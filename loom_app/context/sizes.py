"""How large texts are: counted in bytes, which costs nothing, and made tokens by what the provider reported before."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

BYTES_PER_TOKEN = 4
FIRST_RATIO = 1.2
"""How many tokens a token by the count of bytes is before a provider has said; code has more than prose."""
LEAST_RATIO, MOST_RATIO = 0.5, 4.0
LOOKED_AT = 3
"""From how many of the last reports the ratio is taken: the highest, for a router may change models."""
MESSAGE_BYTES = 16
"""What a message costs beside its text."""


def size(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def size_of(messages: Sequence[Mapping[str, Any]]) -> int:
    """Bytes of messages, each with what it costs beside its text."""
    return sum(size(str(message["content"])) + MESSAGE_BYTES for message in messages)


def tokens(bytes_: int, ratio: float) -> int:
    """How many tokens so many bytes are thought to be."""
    return ceil(bytes_ / BYTES_PER_TOKEN * ratio)


def room(most_tokens: int, ratio: float) -> int:
    """How many bytes are thought to fit into so many tokens."""
    return max(0, int(most_tokens * BYTES_PER_TOKEN / ratio))


def ratio_of(reports: Sequence[tuple[int, int]]) -> float:
    """The ratio after `reports`, each the tokens a provider counted and the bytes it was sent, the newest last."""
    measured = [counted * BYTES_PER_TOKEN / sent for counted, sent in reports if counted > 0 and sent > 0]
    found = max(measured[-LOOKED_AT:], default=FIRST_RATIO)
    return min(MOST_RATIO, max(LEAST_RATIO, found))


def shrunk(text: str, most: int) -> str:
    """`text` within `most` bytes: its beginning and twice as much of its end, and a word on what lies between."""
    whole = text.encode(errors="replace")
    if len(whole) <= most:
        return text
    told = f"\n[... {len(whole) - most} bytes left out to fit your context ...]\n"
    left = max(0, most - len(told))
    head, tail = whole[: left // 3], whole[len(whole) - (left - left // 3) :]
    cut = head.decode(errors="ignore") + told + tail.decode(errors="ignore")
    return cut if left else told.strip()[:most]
