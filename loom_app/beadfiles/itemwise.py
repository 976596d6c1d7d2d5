"""Lists and objects of a line as sets of items: each label, dependency, comment and key of metadata by itself. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loom_app.beadfiles.jsontext import dump, elements, load, members, object_of
from loom_app.beadfiles.meaning import meaning

Items = dict[str, str]
"""What tells an item from the others, with its text."""
INCIDENTAL = ("id", "issue_id", "created_at", "created_by")
"""What of a dependency or comment does not make it another one."""


@dataclass(frozen=True)
class Kind:
    """How the items under a key are told apart, what of one counts when two are compared, and how they are joined."""

    items: Callable[[str | None, dict[str, str]], Items]
    content: Callable[[str], str]
    joined: Callable[[Items], str]


def fits(key: str, text: str | None) -> bool:
    """Whether the value of `key` can be taken apart."""
    return text is None or text == "null" or text.startswith("{" if key == "metadata" else "[")


def names_of_comments(*texts: str | None) -> dict[str, str]:
    """Who said what when → the one id under which that is known: another copy may hold it without."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for entry in map(load, _elements(text)):
            if _id(entry):
                found.setdefault(_said(entry), set()).add(_id(entry))
    return {said: min(ids) for said, ids in found.items() if len(ids) == 1}


def _elements(text: str | None) -> list[str]:
    return elements(text) if text and text.startswith("[") else []


def _told_apart(text: str | None, name: Callable[[Any], str]) -> Items:
    """The elements of a list by `name`; one that comes again is told apart by its place among its like."""
    found: Items = {}
    for entry in _elements(text):
        key = plain = name(load(entry))
        again = 1
        while key in found:
            again += 1
            key = f"{plain}#{again}"
        found[key] = entry
    return found


def _labels(text: str | None, _: dict[str, str]) -> Items:
    return {dump(load(entry)): entry for entry in _elements(text)}


def _dependencies(text: str | None, _: dict[str, str]) -> Items:
    return _told_apart(text, lambda entry: str(entry.get("depends_on_id")) if isinstance(entry, dict) else dump(entry))


def _comments(text: str | None, names: dict[str, str]) -> Items:
    return _told_apart(text, lambda entry: _id(entry) or names.get(_said(entry)) or _said(entry))


def _metadata(text: str | None, _: dict[str, str]) -> Items:
    return members(text) if text and text.startswith("{") else {}


def _id(entry: Any) -> str:
    named = entry.get("id") if isinstance(entry, dict) else None
    return dump(named) if named else ""


def _said(entry: Any) -> str:
    if not isinstance(entry, dict):
        return dump(entry)
    moment = meaning("created_at", dump(entry.get("created_at")))
    return dump([entry.get("author"), entry.get("text"), moment])


def _without_incidentals(text: str) -> str:
    value = load(text)
    if not isinstance(value, dict):
        return meaning("", text)
    return meaning("", dump({key: one for key, one in value.items() if key not in INCIDENTAL and one}))


def _array(items: Items) -> str:
    return f"[{','.join(items.values())}]" if items else ""


KINDS = {
    "labels": Kind(_labels, lambda _: "", _array),
    "dependencies": Kind(_dependencies, _without_incidentals, _array),
    "comments": Kind(_comments, _without_incidentals, _array),
    "metadata": Kind(
        _metadata, lambda text: meaning("", text) or text, lambda items: object_of(items) if items else ""
    ),
}
"""The keys whose values are merged item by item."""
