"""A bead as a line of `.beads/issues.jsonl` tells it: read with every type checked. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from loom_app.beadfiles.jsontext import NotJson, dump, load
from loom_app.beads.graph import ANY_CHILDREN, BLOCKING_BY_TARGET, BLOCKS
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.statuses import placed
from loom_app.kernel.clock import parse_rfc3339
from loom_app.kernel.errors import Invalid
from loom_app.kernel.storable import fault_in

TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
ID = re.compile(r"[^\s/\x00-\x1f\x7f]{1,200}")
KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
MOST_MINUTES = 2**31 - 1
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class LineFault(ValueError):
    """Why a line is no bead, as a sentence without its subject."""


class Link(NamedTuple):
    """A dependency of the bead."""

    depends_on_id: str
    type: str = BLOCKS
    gate: str = ""
    created_at: datetime | None = None
    created_by: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment on the bead. `file_id` is its id as JSON text: older files number them, newer ones name them, the old
    ones by their number.
    """

    author: str
    content: str
    created_at: datetime
    file_id: str = ""

    def key(self) -> tuple[str, ...]:
        """What makes it the same comment in two files: its id, and without one who said what when."""
        return (self.file_id.strip('"'),) if self.file_id else self.as_said()

    def as_said(self) -> tuple[str, ...]:
        """Who said what when, by which a copy that has no id for it knows it."""
        return (self.author, self.content, str(self.created_at))


@dataclass(slots=True, kw_only=True)
class Record:
    """What Loom has columns for. `created_at` and `updated_at` are None where the line has none.

    Never changed; not frozen, for that would cost its making the most.
    """

    id: str
    title: str
    description: str = ""
    design: str = ""
    acceptance_criteria: str = ""
    notes: str = ""
    type: str = "task"
    status: str
    source_status: str
    priority: int = 0
    assigned_to: str = ""
    tags: list[str] = field(default_factory=list)
    estimated_time: int | None = None
    external_ref: str = ""
    spec_id: str = ""
    owner: str = ""
    created_by: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    pinned: bool = False
    ephemeral: bool = False
    due_date: datetime | None = None
    defer_until: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str = ""
    deleted_at: datetime | None = None
    deleted_by: str = ""
    delete_reason: str = ""
    original_type: str = ""
    links: tuple[Link, ...] = ()
    remarks: tuple[Remark, ...] = ()


def read(line: dict[str, Any]) -> Record:
    """The bead of a line. Raises LineFault with the first thing that is wrong."""
    status, source_status = placed(_text(line, "status", 50))
    bead_id, title = _id(line), _title(line, source_status)
    found = _found(line)
    closed_at = _time(line, "closed_at") or found.get("updated_at")
    found["closed_at"] = closed_at if status == BeadStatus.DONE else None
    return Record(id=bead_id, title=title, status=status, source_status=source_status, **found)


def _found(line: dict[str, Any]) -> dict[str, Any]:
    """The other columns that the line decides; of several faults the first in the order of READERS is told."""
    try:
        return {
            each[0]: each[1](line, key)
            for key, value in line.items()
            if value is not None and (each := READERS.get(key)) is not None
        }
    except LineFault:
        return {name: reader(line, key) for key, (name, reader) in READERS.items() if line.get(key) is not None}


def _id(line: dict[str, Any]) -> str:
    found = _text(line, "id")
    if not found:
        raise LineFault("has no id")
    if not ID.fullmatch(found):
        raise LineFault(f"has the id {found[:60]!r}; an id is at most 200 characters without blanks and slashes")
    return found


def _title(line: dict[str, Any], source_status: str) -> str:
    found = _text(line, "title", 500)
    if not found.strip() and source_status != TOMBSTONE:
        raise LineFault("has no title")
    return found


def _text(line: dict[str, Any], key: str, most: int | None = None) -> str:
    value: str | None = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(key, str, value)
    if most is not None and len(value) > most:
        raise LineFault(f"{key} has {len(value)} characters, {most} at most")
    if not value.isascii() or "\x00" in value:
        _storable(key, value)
    return value


def loose_text(line: dict[str, Any], key: str) -> str:
    """The text of `key`. What is none that can be kept stays in the line alone: lines were taken before the column."""
    value = line.get(key)
    return value if isinstance(value, str) and fault_in(value) is None else ""


def loose_time(line: dict[str, Any], key: str) -> datetime | None:
    """As `loose_text`, for a moment."""
    try:
        return _time(line, key)
    except LineFault:
        return None


def _number(line: dict[str, Any], key: str, most: int) -> int | None:
    value: int | None = _typed(line, key, int)
    if value is not None and not 0 <= value <= most:
        raise LineFault(f"{key} is {str(value)[:30]}; it must be 0 to {most}")
    return value


def _flag(line: dict[str, Any], key: str) -> bool:
    """Table dumps of the beads tool write 0 and 1."""
    if line.get(key) in (None, 0, 1) and not isinstance(line.get(key), float):
        return bool(line.get(key))
    return bool(_typed(line, key, bool))


def _list(line: dict[str, Any], key: str, of: type) -> list[Any]:
    if line.get(key) is None:
        return []
    values: list[Any] = _typed(line, key, list)
    for number, value in enumerate(values):
        if not isinstance(value, of):
            raise LineFault(f"{key}[{number}] must be {KINDS[of]}, not {_kind(value)}")
        if isinstance(value, str) and (not value.isascii() or "\x00" in value):
            _storable(f"{key}[{number}]", value)
    return values


def _time(line: dict[str, Any], key: str) -> datetime | None:
    value = line.get(key)
    if not isinstance(value, str):
        value = _typed(line, key, str)
    if not value:
        return None
    try:
        return _moment(value)
    except LineFault as fault:
        raise LineFault(f"{key} is {value[:60]!r}, which is {fault}") from fault


@lru_cache(maxsize=1_024)
def _moment(text: str) -> datetime:
    """The moment of an RFC 3339 text; a line says the same one several times, of itself and its dependencies."""
    if not TIME.fullmatch(text):
        raise LineFault("no time such as 2026-02-21T09:30:00Z")
    try:
        return parse_rfc3339(text.upper())
    except Invalid as error:
        raise LineFault("no time there ever was") from error


def _typed(line: dict[str, Any], key: str, kind: type) -> Any:
    """The value of `key`, None when it is absent or null."""
    value = line.get(key)
    if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise _wrong(key, kind, value)
    return value


def _wrong(key: str, kind: type, value: Any) -> LineFault:
    return LineFault(f"{key} must be {KINDS[kind]}, not {_kind(value)}")


def _kind(value: Any) -> str:
    return "null" if value is None else KINDS.get(type(value), type(value).__name__)


def _storable(key: str, value: Any) -> Any:
    fault = fault_in(value)
    if fault:
        raise LineFault(f"{key} {fault}")
    return value


def _links(line: dict[str, Any]) -> tuple[Link, ...]:
    """The dependencies, one for each target: of two the one that blocks."""
    found: dict[str, Link] = {}
    for number, entry in enumerate(_list(line, "dependencies", dict)):
        try:
            link = read_link(entry)
        except LineFault as fault:
            raise LineFault(f"dependencies[{number}]: {fault}") from fault
        there = found.get(link.depends_on_id)
        if there is None or (link.type in BLOCKING_BY_TARGET and there.type not in BLOCKING_BY_TARGET):
            found[link.depends_on_id] = link
    return tuple(sorted(found.values(), key=lambda link: link.depends_on_id))


def read_link(entry: dict[str, Any]) -> Link:
    """One entry of `dependencies`. Raises LineFault."""
    target = _text(entry, "depends_on_id", 200)
    if not target:
        raise LineFault("has no depends_on_id")
    return Link(
        target,
        _text(entry, "type", 50) or BLOCKS,
        ANY_CHILDREN if entry.get("metadata") and _metadata(entry).get("gate") == ANY_CHILDREN else "",
        _time(entry, "created_at"),
        _text(entry, "created_by"),
    )


def _remarks(line: dict[str, Any]) -> tuple[Remark, ...]:
    """The comments, one for each entry. One without a time is as old as the bead."""
    oldest = _time(line, "created_at") or _time(line, "updated_at") or UNKNOWN_TIME
    found = []
    for number, entry in enumerate(_list(line, "comments", dict)):
        try:
            found.append(_remark(entry, oldest))
        except LineFault as fault:
            raise LineFault(f"comments[{number}]: {fault}") from fault
    return tuple(found)


def _remark(entry: dict[str, Any], oldest: datetime) -> Remark:
    named = entry.get("id")
    if named is not None and (isinstance(named, bool) or not isinstance(named, str | int)):
        raise LineFault(f"id must be a whole number or a text, not {_kind(named)}")
    return Remark(
        author=_text(entry, "author"),
        content=_text(entry, "text"),
        created_at=_time(entry, "created_at") or oldest,
        file_id=dump(_storable("id", named)) if named else "",
    )


def _metadata(entry: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a dependency: an object, or a text that holds one."""
    value = entry.get("metadata")
    if isinstance(value, str):
        try:
            value = load(value)
        except NotJson:
            return {}
    return value if isinstance(value, dict) else {}


def _tags(line: dict[str, Any], key: str) -> list[str]:
    return list(dict.fromkeys(_list(line, key, str)))


def _context(line: dict[str, Any], key: str) -> dict[str, Any]:
    value = line[key]
    return _storable(key, value) if isinstance(value, dict) else {}


READERS: dict[str, tuple[str, Callable[[dict[str, Any], str], Any]]] = {
    "description": ("description", _text),
    "design": ("design", _text),
    "acceptance_criteria": ("acceptance_criteria", _text),
    "notes": ("notes", _text),
    "issue_type": ("type", lambda line, key: _text(line, key, 50) or "task"),
    "priority": ("priority", lambda line, key: _number(line, key, 4)),
    "assignee": ("assigned_to", _text),
    "labels": ("tags", _tags),
    "estimated_minutes": ("estimated_time", lambda line, key: _number(line, key, MOST_MINUTES)),
    "external_ref": ("external_ref", _text),
    "spec_id": ("spec_id", loose_text),
    "owner": ("owner", loose_text),
    "created_by": ("created_by", _text),
    "metadata": ("context", _context),
    "pinned": ("pinned", _flag),
    "wisp": ("ephemeral", lambda line, key: _flag(line, key) or _flag(line, "ephemeral")),
    "ephemeral": ("ephemeral", lambda line, key: _flag(line, key) or _flag(line, "wisp")),
    "due_at": ("due_date", _time),
    "defer_until": ("defer_until", _time),
    "created_at": ("created_at", _time),
    "updated_at": ("updated_at", _time),
    "close_reason": ("close_reason", _text),
    "deleted_at": ("deleted_at", loose_time),
    "deleted_by": ("deleted_by", loose_text),
    "delete_reason": ("delete_reason", loose_text),
    "original_type": ("original_type", loose_text),
    "dependencies": ("links", lambda line, _key: _links(line)),
    "comments": ("remarks", lambda line, _key: _remarks(line)),
}
"""Key of a line → the column it decides, and how that is read; only keys that a line has are looked at."""
