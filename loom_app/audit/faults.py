"""What a check of the log can find, in words."""

from dataclasses import dataclass
from typing import Any

from loom_app.events.models import AuditHead

WORDS = {
    "changed": "Entry {seq} is not as Loom wrote it: it was changed, or another stands in its place.",
    "missing": "Entry {seq} is missing: {more}.",
    "inserted": "Entry {seq} was not written by Loom: {more}.",
    "reordered": "Entry {seq} is not the one that belongs there: {more}.",
    "truncated": "The log was cut short. From entry {seq} on all are missing: {more}.",
    "before_changed": "One of the entries up to {seq}, from before this chain began, is not as it was then.",
    "unreadable": "Entry {seq} is not as Loom wrote it: the database cannot even read it.",
    "head_missing": "The record that ends the log is gone, though there are chained entries up to {seq}.",
    "head_changed": "The record that ends the log, at entry {seq}, is not as Loom left it.",
    "key_missing": "The key that the log up to entry {seq} was chained with is gone; it cannot be checked.",
    "rolled_back": "The log is older than the head you kept. From entry {seq} on all are missing: {more}.",
    "rewritten": "Entry {seq} is not the one whose head you kept: an older log was put back, or it was begun anew.",
}


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong: at which entry, of which kind (a key of WORDS), and in a sentence."""

    seq: int
    kind: str
    message: str


@dataclass(frozen=True)
class Report:
    """How many entries hold, where the log ends, and what is wrong, if anything is."""

    entries: int
    head: AuditHead | None
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether all of the log is as Loom wrote it."""
        return self.fault is None

    def as_json(self) -> dict[str, Any]:
        """The report as the API shows it."""
        head, found = self.head, self.fault
        return {
            "ok": self.ok,
            "entries": self.entries,
            "head": None if head is None else {"seq": head.seq, "hash": head.hash, "start": head.start},
            "fault": None if found is None else {"seq": found.seq, "kind": found.kind, "message": found.message},
        }


def fault(kind: str, seq: int, more: str = "") -> Fault:
    """The fault of that kind at the entry `seq`; `more` completes its sentence."""
    return Fault(seq, kind, WORDS[kind].format(seq=seq, more=more))
