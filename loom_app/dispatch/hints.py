"""Whom a bead asks for in its own words: "ask the QA engineer to …", "[web designer] …", "QA: …", "for the CFO agent".

The patterns are data. Whatever a pattern catches counts only when it names a role or an agent of the team.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

READ = 4_000
"""How many characters of a description are read for hints."""
_NAME = r"(?P<name>[^\W\d_][\w .-]{0,60}?)"


@dataclass(frozen=True)
class Pattern:
    """A way to name somebody. `where` is what it is looked for in: the title alone, or the description, too."""

    form: str
    regex: re.Pattern[str]
    where: str = "title and description"


def _pattern(form: str, regex: str, where: str = "title and description") -> Pattern:
    return Pattern(form, re.compile(regex, re.IGNORECASE), where)


PATTERNS = (
    _pattern("ask the … to", rf"\bask (?:(?:the|our|an?) )?{_NAME}(?: agent)? to\b"),
    _pattern("[…]", r"^\s*\[(?P<name>[^\]\n]{2,60})\]"),
    _pattern("**for … (agent)**", rf"\*\*\s*for (?:(?:the|our|an?) )?{_NAME}(?: agent| \(agent\))?\s*\*\*"),
    _pattern("for … agent", rf"\bfor (?:(?:the|our|an?) )?{_NAME} (?:agent\b|\(agent\))"),
    _pattern("…:", rf"^\s*{_NAME}(?: agent)?:(?=\s|$)"),
    _pattern("for …", rf"\bfor (?:(?:the|our|an?) )?{_NAME}\s*[.!]?\s*$", "title"),
)
TAGS = ("role:", "agent:", "persona:")
"""How tags begin that name somebody."""
SHORT = {
    "qa": "qa-engineer", "tester": "qa-engineer", "pm": "product-manager", "em": "engineering-manager",
    "projm": "project-manager", "devops": "devops-engineer", "reviewer": "code-reviewer",
    "docs": "documentation-manager", "designer": "web-designer", "webeng": "web-designer-engineer",
    "pr": "public-relations-manager", "dm": "decision-maker", "hk": "housekeeping-bot",
}  # fmt: skip
"""What people call roles for short."""


class Fit(IntEnum):
    """How surely somebody is meant: only a full name keeps others from the bead."""

    NOBODY = 0
    PART = 1
    ROLE = 2
    NAME = 3


@dataclass(frozen=True)
class Called:
    """An agent as a hint may call it."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Hint:
    """Whom a bead asks for: `said` is what it says, `ids` whom that means, all of one role unless it is a name."""

    said: str
    fit: Fit
    ids: frozenset[str]

    @property
    def binds(self) -> bool:
        """Whether the bead waits for them rather than going to somebody else."""
        return self.fit >= Fit.ROLE


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """`text` as names are compared: small letters and digits with single hyphens."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


def hint(title: str, description: str, tags: Sequence[str], team: Sequence[Called]) -> Hint | None:
    """Whom of `team` the bead asks for: the surest hint, of equally sure ones the first; tags, title, then description.

    None when nobody of the team is named.
    """
    best: Hint | None = None
    for said in _said(title, description, tags):
        found = _meant(said, team)
        if found and (best is None or found.fit > best.fit):
            best = found
    return best


def _said(title: str, description: str, tags: Sequence[str]) -> Iterator[str]:
    for tag in tags:
        if tag.casefold().startswith(TAGS):
            yield tag.partition(":")[2]
    for pattern in PATTERNS:
        yield from (found["name"] for found in pattern.regex.finditer(title))
    for pattern in PATTERNS:
        if pattern.where != "title":
            yield from (found["name"] for found in pattern.regex.finditer(description[:READ]))


def _meant(said: str, team: Sequence[Called]) -> Hint | None:
    wanted = plain(said)
    if not wanted:
        return None
    for fit, same in (
        (Fit.NAME, lambda one: wanted in (plain(one.name), plain(one.id)) and plain(one.role) != wanted),
        (Fit.ROLE, lambda one: plain(one.role) == wanted),
        (Fit.PART, lambda one: one.role == SHORT.get(wanted)),
    ):
        ids = frozenset(one.id for one in team if same(one))
        if ids:
            return Hint(said, fit, ids)
    return _in_part(said, wanted, team)


def _in_part(said: str, wanted: str, team: Sequence[Called]) -> Hint | None:
    """The role that is a part of what was said, the longest first, or the only one of which that is a part."""
    roles = sorted({one.role for one in team}, key=lambda role: (-len(role), role))
    within = [role for role in roles if _is_part(plain(role), wanted)][:1]
    around = [role for role in roles if _is_part(wanted, plain(role))]
    found = within or (around if len(around) == 1 else [])
    return Hint(said, Fit.PART, frozenset(one.id for one in team if one.role == found[0])) if found else None


def _is_part(words: str, of: str) -> bool:
    """Whether the words stand in the others, in a row."""
    return f"-{words}-" in f"-{of}-"
