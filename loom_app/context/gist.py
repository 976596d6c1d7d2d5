"""The gist of a turn: what of it may be cut once it is old, and what is worth knowing of it when it is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FactKind = Literal["read", "change", "commit", "bead", "check", "error", "other"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that came of an action. `ok` is False for what failed; `detail` says more in a sentence or a line."""

    kind: FactKind
    subject: str
    detail: str = ""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of what the model was told, from character `start` to `end`, and the `short` text that does for it later.

    `subject` names what it shows, for finding out whether something later has replaced it; empty where nothing can.
    """

    start: int
    end: int
    short: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Gist:
    """One turn in short. `reply` is the model's reply in short, empty where it is short already."""

    reply: str = ""
    notes: str = ""
    fault: str = ""
    said: tuple[str, ...] = ()
    """What people and colleagues said to the model after this turn, which is never left out."""
    cuts: tuple[Cut, ...] = ()
    facts: tuple[Fact, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The gist as it is stored: what is empty is left out."""
        kept = {
            "reply": self.reply,
            "notes": self.notes,
            "fault": self.fault,
            "said": list(self.said),
            "cuts": [[cut.start, cut.end, cut.short, cut.subject] for cut in self.cuts],
            "facts": [[fact.kind, fact.subject, fact.detail, fact.ok] for fact in self.facts],
        }
        return {name: value for name, value in kept.items() if value}


def gist_from(stored: Mapping[str, Any] | None) -> Gist:
    """The gist that `as_json` stored; an empty one where there is none."""
    if not stored:
        return NOTHING
    return Gist(
        stored.get("reply", ""),
        stored.get("notes", ""),
        stored.get("fault", ""),
        tuple(stored.get("said", ())),
        tuple(Cut(*cut) for cut in stored.get("cuts", ())),
        tuple(Fact(*fact) for fact in stored.get("facts", ())),
    )


NOTHING = Gist()


@dataclass(frozen=True, slots=True)
class Step:
    """A turn that is over: the model's reply and what it was told next. Both are empty where nobody needs them."""

    number: int
    reply: str
    told: str
    gist: Gist = field(default=NOTHING)


def replaced(steps: Sequence[Step], upto: int) -> frozenset[tuple[int, str]]:
    """Which cuts of the turns up to number `upto` something later, up to there, has replaced: (turn, subject)."""
    gone: set[tuple[int, str]] = set()
    later: set[str] = set()
    for step in reversed([step for step in steps if step.number <= upto]):
        gone.update((step.number, cut.subject) for cut in step.gist.cuts if _is_in(cut.subject, later))
        later.update(cut.subject for cut in step.gist.cuts if cut.subject)
        later.update(f"read {fact.subject}" for fact in step.gist.facts if fact.kind == "change")
    return frozenset(gone)


def _is_in(subject: str, later: set[str]) -> bool:
    """Whether the same was shown again, or the file it shows part of was shown whole or changed since."""
    return bool(subject) and (subject in later or subject.partition("\n")[0] in later)
