"""Secrets in text that is about to be committed.

Few false alarms matter more here than finding everything: each one stops an agent until a person has looked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from loom_app.kernel.keyforms import LONGEST_LINE, fingerprint, secrets_in


@dataclass(frozen=True, order=True)
class Leak:
    """Something that looks like a secret; what it is, is not kept. `fingerprint` names it, wherever it is moved to."""

    path: str
    line: int
    kind: str
    fingerprint: str


def leaks(path: str, lines: Iterator[tuple[int, str]]) -> Iterator[Leak]:
    """What looks like a secret in the numbered lines of a file, one a line at the most."""
    for number, text in lines:
        found = next(secrets_in(text[:LONGEST_LINE]), None)
        if found:
            yield Leak(path, number, found.kind, fingerprint(found.kind, found.text))
