"""What speaks for an agent taking a bead, in points: the same facts give the same score, part by part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from loom_app.dispatch.hints import Called

PREFERRED: dict[str, tuple[str, ...]] = {
    "bug": ("engineering-manager", "web-designer-engineer", "devops-engineer"),
    "feature": ("engineering-manager", "web-designer-engineer"),
    "task": ("engineering-manager", "web-designer-engineer", "devops-engineer"),
    "chore": ("housekeeping-bot", "devops-engineer", "engineering-manager"),
    "test": ("qa-engineer", "engineering-manager"),
    "docs": ("documentation-manager", "engineering-manager"),
    "review": ("code-reviewer", "qa-engineer"),
    "epic": ("product-manager", "project-manager", "engineering-manager"),
}
"""Roles by type of bead, best first. Any other type goes to whoever else is best."""
KINDS_OF_ERROR: dict[str, tuple[str, ...]] = {
    "build": ("devops-engineer", "engineering-manager"),
    "ci": ("devops-engineer", "engineering-manager"),
    "frontend": ("web-designer-engineer", "web-designer"),
    "javascript": ("web-designer-engineer", "web-designer"),
    "css": ("web-designer", "web-designer-engineer"),
    "api": ("engineering-manager",),
    "database": ("engineering-manager",),
}
"""Who mends an error that a program has filed by itself, by a word in the bead."""
AUTO_FILED = "auto-filed"
USUAL = "engineering-manager"
"""Who takes what no specialist claims."""

BY_PLACE = (60, 50, 40)
FOR_THE_USUAL = 10
FOR_A_HINT = 200
FOR_A_WORD, MOST_FOR_WORDS = 4, 24
FOR_THIS_BEAD, FOR_ITS_FAMILY, FOR_ITS_FILES = 30, 15, 10
FOR_A_FAILURE, MOST_FOR_FAILURES = -20, -60
FOR_A_RUN, MOST_FOR_RUNS = -1, -10
WORD = re.compile(r"[^\W_]{2,}")
STEM = 5
"""Words that begin alike in so many letters are taken for the same one."""
EVERYDAY = frozenset(
    {"an", "and", "as", "at", "by", "do", "for", "from", "in", "is", "it", "of", "on", "the", "to", "with"}
)


@dataclass(frozen=True)
class Part:
    """One thing that speaks for or against an agent, in points and words."""

    name: str
    points: int
    why: str


@dataclass(frozen=True)
class Work:
    """What of a bead decides who takes it."""

    id: str
    type: str
    title: str
    tags: tuple[str, ...] = ()
    assigned_to: str = ""
    for_person: bool = False
    """Whether the one it is assigned to is a person."""
    description: str = ""
    """Its beginning; hints are looked for there."""


@dataclass(frozen=True)
class Member(Called):
    """An agent of the team as it stands now."""

    status: str = "idle"
    paused_because: str = ""
    bead_id: str = ""
    """What it works on."""
    idle_since: datetime | None = None
    specialties: tuple[str, ...] = ()
    provider_id: str | None = ""
    """The provider its runs would use; None when there is none that works."""


@dataclass(frozen=True)
class Past:
    """What an agent has done before: on this bead, next to it, on files it names, and of late."""

    on_bead: int = 0
    failed: int = 0
    """Runs of this bead by this agent that failed."""
    near: int = 0
    on_files: tuple[str, ...] = ()
    lately: int = 0
    """Runs begun in the last hour."""


NOTHING = Past()


@dataclass(frozen=True)
class Score:
    """The sum and what it is made of."""

    parts: tuple[Part, ...] = field(default_factory=tuple)

    @property
    def points(self) -> int:
        """The sum."""
        return sum(part.points for part in self.parts)

    @property
    def best(self) -> Part | None:
        """What speaks most for it."""
        return max((part for part in self.parts if part.points > 0), key=lambda part: part.points, default=None)


def score(work: Work, member: Member, past: Past = NOTHING, *, hinted: str = "") -> Score:
    """What speaks for `member` taking `work`. `hinted` is what the bead says where that may mean them."""
    return Score(tuple(_parts(work, member, past, hinted)))


def _parts(work: Work, member: Member, past: Past, hinted: str) -> Iterator[Part]:
    if hinted:
        yield Part("hint", FOR_A_HINT, f"the bead says “{hinted}”")
    yield from _by_role(work, member)
    words = _shared(work, member)
    if words:
        points = min(MOST_FOR_WORDS, FOR_A_WORD * len(words))
        yield Part("capability", points, f"its specialties speak of {', '.join(words[:6])}")
    yield from _by_past(past)


def _by_role(work: Work, member: Member) -> Iterator[Part]:
    for roles, why in _preferences(work):
        if member.role in roles:
            place = min(roles.index(member.role), len(BY_PLACE) - 1)
            yield Part(
                "role", BY_PLACE[place], why if place == 0 else f"{why.removesuffix(' first')}, as number {place + 1}"
            )
            return
    if member.role == USUAL:
        yield Part("role", FOR_THE_USUAL, f"{USUAL} takes what no specialist claims")


def _preferences(work: Work) -> Iterator[tuple[tuple[str, ...], str]]:
    if AUTO_FILED in work.tags or work.title.startswith(f"[{AUTO_FILED}]"):
        said = {*_words(work.title), *(word for tag in work.tags for word in _words(tag))}
        for word, roles in KINDS_OF_ERROR.items():
            if word in said:
                yield roles, f"{roles[0]} takes {word} errors first"
                return
    roles = PREFERRED.get(work.type, ())
    if roles:
        yield roles, f"the role takes {work.type} beads first"


def _by_past(past: Past) -> Iterator[Part]:
    if past.on_bead:
        yield Part("affinity", FOR_THIS_BEAD, "it worked on this bead before")
    if past.near:
        yield Part("affinity", FOR_ITS_FAMILY, "it worked on the bead above or beside it")
    if past.on_files:
        yield Part("affinity", FOR_ITS_FILES, f"it changed {', '.join(past.on_files[:3])} before")
    if past.failed:
        points = max(MOST_FOR_FAILURES, FOR_A_FAILURE * past.failed)
        yield Part("failures", points, f"{_runs(past.failed)} of this bead failed with it")
    if past.lately:
        points = max(MOST_FOR_RUNS, FOR_A_RUN * past.lately)
        yield Part("load", points, f"it began {_runs(past.lately)} in the last hour")


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count} runs"


def _shared(work: Work, member: Member) -> list[str]:
    """The words of the specialties that the bead has, too."""
    said = {word[:STEM] for word in _words(" ".join((work.title, *work.tags, work.description)))}
    known: dict[str, str] = {}
    for word in _words(" ".join(member.specialties)):
        if word[:STEM] in said:
            known.setdefault(word[:STEM], word)
    return [*known.values()]


def _words(text: str) -> list[str]:
    return [word for word in WORD.findall(text.casefold()) if word not in EVERYDAY]
