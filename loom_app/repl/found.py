"""What reading brings: lines of markdown with links to the pages they are about, for people and models alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loom_app.kernel.clock import now

MOST_LINES, MOST_CHARACTERS = 25, 6_000
_SIGNS = re.compile(r"([\\`*_\[\]<>|~#])")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Link:
    """A page that an answer speaks of."""

    label: str
    href: str

    @property
    def markdown(self) -> str:
        """The link within a text."""
        return f"[{plain(self.label, 80)}]({self.href})"


@dataclass(frozen=True)
class Found:
    """What was asked for: a sentence, lines below it, and the pages of what they name. `more` were left out."""

    says: str
    lines: Sequence[str] = ()
    links: Sequence[Link] = ()
    more: int = 0

    @property
    def markdown(self) -> str:
        """All of it as one text, within its bounds."""
        shown, left = [], MOST_CHARACTERS
        for line in self.lines[:MOST_LINES]:
            left -= len(line)
            if left < 0:
                break
            shown.append(f"- {line}")
        more = self.more + len(self.lines) - len(shown)
        return "\n".join([self.says, *([""] if shown else []), *shown, *([f"- … and {more} more"] if more > 0 else [])])


def bead_link(bead_id: str) -> Link:
    """The page of a bead."""
    return Link(bead_id, f"/beads/{bead_id}")


def agent_link(agent_id: str, name: str = "") -> Link:
    """The page of an agent."""
    return Link(name or agent_id, f"/agents/{agent_id}")


def project_link(project_id: str, name: str = "") -> Link:
    """The page of a project."""
    return Link(name or project_id, f"/projects/{project_id}")


def plain(text: str, most: int = 160) -> str:
    """Somebody's text on one line, so that it can be nothing but text in markdown."""
    line = " ".join(text.split())
    return _SIGNS.sub(r"\\\1", line if len(line) <= most else f"{line[: most - 1]}…")


def ago(moment: datetime | None) -> str:
    """How long ago that was."""
    if moment is None:
        return "never"
    seconds = (now() - moment).total_seconds()
    words = next((f"{int(abs(seconds) // size)} {unit}" for size, unit in _UNITS if abs(seconds) >= size), "")
    if not words:
        return "just now"
    return f"in {words}" if seconds < 0 else f"{words} ago"
