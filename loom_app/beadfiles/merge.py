"""Two versions of a bead's line and the last one both sides had, made one: field by field, nothing dropped. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from loom_app.beadfiles.itemwise import KINDS, Items, Kind, fits, names_of_comments
from loom_app.beadfiles.jsontext import dump, load, members, object_of
from loom_app.beadfiles.keys import in_order
from loom_app.beadfiles.meaning import meaning, same
from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.errors import Invalid

Side = Literal["ours", "theirs"]
STATUS = (
    "status", "closed_at", "close_reason", "closed_by_session", "deleted_at", "deleted_by", "delete_reason",
    "original_type",
)  # fmt: skip
"""What is said with a status belongs to it and goes with it."""
COUNTED = ("dependency_count", "dependent_count", "comment_count", "content_hash", "revision")
"""What the beads tool works out from the rest."""
LATEST = ("updated_at", "last_activity", "compacted_at", "closed_at", "deleted_at")
"""Moments nobody chose; the later one holds."""
TOMBSTONE, CLOSED = "tombstone", "closed"
LONG_AGO, FAR_OFF = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Parts = dict[str, str]


@dataclass(frozen=True)
class Clash:
    """A field both sides changed, each to something else, as JSON texts; None: it is not there.

    `item` says which of a list's items or of the metadata's keys; `status` has all that belongs to it as an object.
    """

    field: str
    item: str
    base: str | None
    ours: str | None
    theirs: str | None
    winner: Side


@dataclass(frozen=True)
class Merged:
    """The line of both and what they disagree about; of each clash the line has the winner."""

    line: str
    clashes: tuple[Clash, ...] = ()


def merge(base: str, ours: str, theirs: str) -> Merged:
    """The compact lines `ours` and `theirs` of one bead made one; `base` is the last both had, "" when there is none.

    What one side changed is taken. Of what both changed differently the value with the later updated_at wins (a closed
    status over one that is not, an edited bead over a deleted one), and the clash names the other.
    """
    if ours in (theirs, base):
        return Merged(theirs)
    return Merged(ours) if theirs == base else _Merge(base, ours, theirs).done()


class _Merge:
    """The work of one merge."""

    def __init__(self, base: str, ours: str, theirs: str) -> None:
        self.base: Parts = members(base) if base else {}
        self.ours, self.theirs = members(ours), members(theirs)
        self.clashes: list[Clash] = []

    def done(self) -> Merged:
        """Every key of both sides, merged."""
        parts: Parts = {}
        for key in dict.fromkeys([*self.theirs, *self.ours]):
            if key not in STATUS and key != "updated_at":
                parts[key] = self._value(key) or ""
        parts |= self._status()
        parts["updated_at"] = self._stamp(parts)
        present = {key: text for key, text in parts.items() if text}
        return Merged(object_of(in_order(present, list(self.theirs))), tuple(self.clashes))

    def _value(self, key: str) -> str | None:
        base, ours, theirs = (side.get(key) for side in (self.base, self.ours, self.theirs))
        if key in KINDS and all(fits(key, text) for text in (base, ours, theirs)):
            return self._items(key, KINDS[key], (base, ours, theirs))
        return self._one((key, ""), (base, ours, theirs), lambda text: meaning(key, text))

    def _one(
        self,
        of: tuple[str, str],
        texts: tuple[str | None, str | None, str | None],
        content: Callable[[str | None], str],
    ) -> str | None:
        """Of base, ours and theirs the changed one, and of two that changed the winner."""
        base, ours, theirs = texts
        was, here, there = map(content, texts)
        if here in (there, was):
            return theirs
        if there == was:
            return ours
        if of[0] in LATEST:
            return max(ours or "", theirs or "", key=lambda text: meaning(of[0], text or None))
        winner = self._winner(here, there)
        if of[0] not in COUNTED:
            self.clashes.append(Clash(*of, base, ours, theirs, winner))
        return ours if winner == "ours" else theirs

    def _items(self, key: str, kind: Kind, texts: tuple[str | None, str | None, str | None]) -> str | None:
        names = names_of_comments(*texts) if key == "comments" else {}
        base, ours, theirs = (kind.items(text, names) for text in texts)
        found: Items = {}
        for item in dict.fromkeys([*theirs, *ours]):
            versions = (base.get(item), ours.get(item), theirs.get(item))
            text = self._one((key, item), versions, lambda text: "" if text is None else f"+{kind.content(text)}")
            if text is not None:
                found[item] = text
        return kind.joined(found) or (texts[2] if not meaning(key, texts[2]) else None)

    def _status(self) -> Parts:
        """The status with what belongs to it, of one side as a whole unless both say the same status."""
        here, there = _of_status(self.ours), _of_status(self.theirs)
        was = _of_status(self.base)
        changed = {"ours": not _alike(was, here), "theirs": not _alike(was, there)}
        if all(changed.values()) and same("status", here.get("status"), there.get("status")):
            return {key: self._value(key) or "" for key in dict.fromkeys([*there, *here])}
        if not all(changed.values()) and not self._buried_while_edited(was, here, there):
            return here if changed["ours"] else there
        winner = self._winning_status(here, there)
        self.clashes.append(Clash("status", "", _object(was), _object(here), _object(there), winner))
        return here if winner == "ours" else there

    def _buried_while_edited(self, was: Parts, here: Parts, there: Parts) -> bool:
        """Whether one side deleted the bead while the other changed something of it."""
        if not was or _word(was) == TOMBSTONE or TOMBSTONE not in (_word(here), _word(there)):
            return False
        other = self.theirs if _word(here) == TOMBSTONE else self.ours
        return any(not same(key, self.base.get(key), other.get(key)) for key in self._edited(other))

    def _edited(self, side: Parts) -> list[str]:
        unasked = (*STATUS, *LATEST, *COUNTED)
        return [key for key in dict.fromkeys([*self.base, *side]) if key not in unasked]

    def _winning_status(self, here: Parts, there: Parts) -> Side:
        words = (_word(here), _word(there))
        if TOMBSTONE in words and words[0] != words[1]:
            return "theirs" if words[0] == TOMBSTONE else "ours"
        if CLOSED in words and words[0] != words[1]:
            return "ours" if words[0] == CLOSED else "theirs"
        return self._winner(_object(here), _object(there))

    def _winner(self, here: str, there: str) -> Side:
        """The side with something to say; of two the later one, and at the same moment the same on every machine."""
        if not here or not there:
            return "ours" if here else "theirs"
        ours, theirs = (_moment(side.get("updated_at")) for side in (self.ours, self.theirs))
        return "ours" if (ours, here) > (theirs, there) else "theirs"

    def _stamp(self, parts: Parts) -> str:
        """When the result was last changed: later than both when it is neither, so that everybody takes it over."""
        ours, theirs = self.ours.get("updated_at", ""), self.theirs.get("updated_at", "")
        latest = ours if _moment(ours) > _moment(theirs) else theirs
        if any(_alike(side, parts) for side in (self.ours, self.theirs)) or _moment(latest) in (LONG_AGO, FAR_OFF):
            return latest
        return dump(rfc3339(_moment(latest) + timedelta(microseconds=1)))


def _of_status(side: Parts) -> Parts:
    return {key: side[key] for key in STATUS if key in side}


def _word(status: Parts) -> str:
    return str(load(status.get("status", '""')))


def _object(status: Parts) -> str:
    return object_of(status) if status else "{}"


def _alike(one: Parts, other: Parts) -> bool:
    return all(
        same(key, one.get(key) or None, other.get(key) or None)
        for key in one.keys() | other.keys()
        if key != "updated_at"
    )


def _moment(text: str | None) -> datetime:
    try:
        return parse_rfc3339(str(load(text)).upper()) if text else LONG_AGO
    except Invalid:
        return LONG_AGO
