"""Writing a bead as a line of `.beads/issues.jsonl`. What has not changed keeps the very text it came with. Pure."""

from collections.abc import Callable
from typing import Any

from loom_app.beadfiles.jsontext import dump, elements, load, members, object_of
from loom_app.beadfiles.keys import in_order
from loom_app.beadfiles.record import Link, Record, Remark, read, read_link
from loom_app.beads.models import BeadStatus
from loom_app.kernel.clock import rfc3339, to_the_second

OF_A_TOMBSTONE = ("deleted_at", "deleted_by", "delete_reason", "original_type")


def _text(name: str) -> Callable[[Record], str]:
    return lambda record: dump(getattr(record, name)) if getattr(record, name) else ""


def _always(name: str) -> Callable[[Record], str]:
    return lambda record: dump(getattr(record, name))


def _number(name: str) -> Callable[[Record], str]:
    return lambda record: "" if getattr(record, name) is None else dump(getattr(record, name))


def _time(name: str) -> Callable[[Record], str]:
    return lambda record: "" if getattr(record, name) is None else dump(rfc3339(getattr(record, name)))


def _status(record: Record) -> str:
    return dump(record.source_status or ("closed" if record.status == BeadStatus.DONE else record.status))


WRITERS: dict[str, tuple[tuple[str, ...], Callable[[Record], str]]] = {
    "id": (("id",), _always("id")),
    "title": (("title",), _always("title")),
    "description": (("description",), _text("description")),
    "design": (("design",), _text("design")),
    "acceptance_criteria": (("acceptance_criteria",), _text("acceptance_criteria")),
    "notes": (("notes",), _text("notes")),
    "status": (("status", "source_status"), _status),
    "priority": (("priority",), _always("priority")),
    "issue_type": (("type",), _text("type")),
    "assignee": (("assigned_to",), _text("assigned_to")),
    "estimated_minutes": (("estimated_time",), _number("estimated_time")),
    "created_at": (("created_at",), _time("created_at")),
    "created_by": (("created_by",), _text("created_by")),
    "updated_at": (("updated_at",), _time("updated_at")),
    "closed_at": (("closed_at",), _time("closed_at")),
    "close_reason": (("close_reason",), _text("close_reason")),
    "due_at": (("due_date",), _time("due_date")),
    "defer_until": (("defer_until",), _time("defer_until")),
    "external_ref": (("external_ref",), _text("external_ref")),
    "spec_id": (("spec_id",), _text("spec_id")),
    "owner": (("owner",), _text("owner")),
    "metadata": (("context",), _text("context")),
    "labels": (("tags",), _text("tags")),
    "ephemeral": (("ephemeral",), _text("ephemeral")),
    "pinned": (("pinned",), _text("pinned")),
    "deleted_at": (("deleted_at",), _time("deleted_at")),
    "deleted_by": (("deleted_by",), _text("deleted_by")),
    "delete_reason": (("delete_reason",), _text("delete_reason")),
    "original_type": (("original_type",), _text("original_type")),
}
"""Key → the columns it is made of, and its text (empty: the key is left out)."""


def write(record: Record, source: str = "") -> str:
    """The line of `record`; `source` is the compact line it came from, if any."""
    parts = members(source) if source else {}
    was = read(load(source)) if source else None
    for key, (names, writer) in WRITERS.items():
        if was is None or not all(_same(getattr(was, name), getattr(record, name)) for name in names):
            _put(parts, key, writer(record))
    _put(parts, "dependencies", _dependencies(record, was, parts.get("dependencies", "")))
    _put(parts, "comments", _comments(record, was, parts.get("comments", "")))
    if was is not None and was.source_status == "tombstone" != record.source_status:
        for key in OF_A_TOMBSTONE:
            parts.pop(key, None)
    return object_of(in_order(parts, list(members(source)) if source else []))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same but for how a database writes numbers (71285186685354950 for 7.1…e16)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return one == float(other)
    return bool(one == other)


def _put(parts: dict[str, str], key: str, text: str) -> None:
    if text:
        parts[key] = text
    else:
        parts.pop(key, None)


def _dependencies(record: Record, was: Record | None, text: str) -> str:
    """The list as it came where it still holds, without what is gone and with what is new."""
    before = {link.depends_on_id: (link.type, link.gate) for link in was.links} if was else {}
    present = {link.depends_on_id: link for link in record.links}
    if was is not None and before == {target: (link.type, link.gate) for target, link in present.items()}:
        return text
    kept = [entry for entry in (elements(text) if text.startswith("[") else []) if _still_holds(entry, present)]
    known = {read_link(load(entry)).depends_on_id for entry in kept}
    kept += [dump(_entry(record.id, link)) for target, link in sorted(present.items()) if target not in known]
    return f"[{','.join(kept)}]" if kept else ""


def _comments(record: Record, was: Record | None, text: str) -> str:
    """The list as it came where it still holds, without what is gone, with what was edited and what is new."""
    came = was.remarks if was else ()
    present = {said.key(): said for said in record.remarks}
    if {said.key(): said.content for said in came} == {key: said.content for key, said in present.items()}:
        return text
    entries = zip(elements(text) if text.startswith("[") else [], came, strict=True)
    kept = [
        entry if present[said.key()].content == said.content else _rewritten(entry, present[said.key()])
        for entry, said in entries
        if said.key() in present
    ]
    known = {said.key() for said in came}
    new = [_new_comment(record.id, said) for said in record.remarks if said.key() not in known]
    return f"[{','.join(kept + new)}]" if kept or new else ""


def _rewritten(entry: str, said: Remark) -> str:
    return object_of(members(entry) | {"text": dump(said.content)})


def _new_comment(bead_id: str, said: Remark) -> str:
    # The beads tool knows a comment again by these, and keeps whole seconds.
    at = said.created_at if said.file_id else to_the_second(said.created_at)
    fields = {"issue_id": bead_id, "author": said.author, "text": said.content, "created_at": rfc3339(at)}
    return object_of(
        ({"id": said.file_id} if said.file_id else {}) | {name: dump(text) for name, text in fields.items()}
    )


def _still_holds(entry: str, present: dict[str, Link]) -> bool:
    link = read_link(load(entry))
    now = present.get(link.depends_on_id)
    return now is not None and (now.type, now.gate) == (link.type, link.gate)


def _entry(bead_id: str, link: Link) -> dict[str, Any]:
    entry: dict[str, Any] = {"issue_id": bead_id, "depends_on_id": link.depends_on_id, "type": link.type}
    if link.created_at is not None:
        entry["created_at"] = rfc3339(link.created_at)
    if link.created_by:
        entry["created_by"] = link.created_by
    if link.gate:
        entry["metadata"] = dump({"gate": link.gate})
    return entry
