"""Replaces one piece of a file, keeping its line endings, its last line break and the indentation around the piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loom_app.actions.matching import Block, Strategy, find_lines, indentation
from loom_app.actions.nearest import nearest_lines
from loom_app.kernel.errors import Conflict

_TELLING = 20
"""A text of fewer characters may stand in a file by chance."""


@dataclass(frozen=True)
class Edit:
    """A file after an edit: its whole text, how the piece was found, where (from 1), and the lengths in characters."""

    text: str
    strategy: Strategy
    line: int
    old_length: int
    new_length: int


def replace_once(text: str, old: str, new: str) -> Edit:
    """Puts `new` in the place of the one piece of `text` that `old` quotes.

    Raises Conflict: edit_no_change, edit_not_found (with the nearest lines as `nearest`) or edit_ambiguous.
    """
    if _plain(old) == _plain(new):
        raise Conflict("old_text and new_text are the same; the file is as it was.", code="edit_no_change")
    if not old.strip():
        raise Conflict("old_text is blank: quote the lines that are to change.", code="edit_not_found")
    edit = _exact(text, old, new) or _by_lines(text, old, new)
    if edit is None:
        raise _not_found(text, old, new)
    if edit.text == text:
        raise Conflict("The edit changes nothing: the file already reads like new_text.", code="edit_no_change")
    return edit


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _with_endings(text: str, ending: str) -> str:
    return _plain(text).replace("\n", ending)


def _exact(text: str, old: str, new: str) -> Edit | None:
    ending = "\r\n" if "\r\n" in text else "\n"
    piece = old if old in text else _with_endings(old, ending)
    start = text.find(piece)
    if start < 0:
        return None
    if text.find(piece, start + 1) >= 0:
        raise _ambiguous([line + 1 for line in _lines_of(text, piece)], "exact")
    if "\n" in piece:
        ending = "\r\n" if "\r\n" in piece else "\n"
    put = _with_endings(new, ending)
    edited = text[:start] + put + text[start + len(piece) :]
    return Edit(edited, "exact", text.count("\n", 0, start) + 1, len(piece), len(put))


def _lines_of(text: str, piece: str) -> list[int]:
    found: list[int] = []
    position = text.find(piece)
    while position >= 0 and len(found) < 6:
        found.append(text.count("\n", 0, position))
        position = text.find(piece, position + 1)
    return found


def _by_lines(text: str, old: str, new: str) -> Edit | None:
    lines = text.split("\n")
    bare = [line.removesuffix("\r") for line in lines]
    wanted, put = _framed(_plain(old).split("\n"), _plain(new).split("\n") if new else [])
    found = find_lines(bare, wanted)
    if found is None:
        return None
    strategy, blocks = found
    if len(blocks) > 1:
        raise _ambiguous([block.start + 1 for block in blocks], strategy)
    block = blocks[0]
    if strategy in ("indentation_flexible", "block_anchor"):
        put = reindent(put, wanted, bare[block.start : block.end])
    return _spliced(lines, block, put, strategy)


def _framed(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Both without the blank lines around the old piece, which are quoted or not at random."""
    while old and not old[0].strip():
        old = old[1:]
        new = new[1:] if new and not new[0].strip() else new
    while old and not old[-1].strip():
        old = old[:-1]
        new = new[:-1] if new and not new[-1].strip() else new
    if new and new[-1] == "" and old:
        new = new[:-1]
    return old, new


def _spliced(lines: Sequence[str], block: Block, put: Sequence[str], strategy: Strategy) -> Edit:
    ending = "\r" if lines[block.start].endswith("\r") else ""
    fitted = [line + ending for line in put]
    if fitted and block.end == len(lines):
        fitted[-1] = put[-1]
    text = "\n".join([*lines[: block.start], *fitted, *lines[block.end :]])
    old = "\n".join(lines[block.start : block.end])
    return Edit(text, strategy, block.start + 1, len(old), len("\n".join(fitted)))


def reindent(put: Sequence[str], quoted: Sequence[str], found: Sequence[str]) -> list[str]:
    """The new lines with the indentation of the file, learnt from how the quoted lines stand in it."""
    known: dict[str, str] = {}
    for mine, theirs in zip(quoted, found, strict=False):
        if mine.strip() and " ".join(mine.split()) == " ".join(theirs.split()):
            known.setdefault(indentation(mine), indentation(theirs))
    units = _unit(known.keys()), _unit(known.values())
    return [_fitted(indentation(line), known, units) + line.lstrip() if line.strip() else "" for line in put]


def _fitted(own: str, known: Mapping[str, str], units: tuple[str, str]) -> str:
    if own in known or not known:
        return known.get(own, own)
    under = [base for base in known if own.startswith(base)]
    if under:
        base = max(under, key=len)
        return known[base] + _converted(own[len(base) :], units)
    base = min(known, key=len)
    surplus = _converted(base[len(own) :], units)
    return known[base].removesuffix(surplus) if base.startswith(own) else own


def _converted(space: str, units: tuple[str, str]) -> str:
    """Indentation of the quoted piece in the measure of the file."""
    mine, theirs = units
    levels, rest = divmod(len(space), len(mine))
    return theirs * levels + " " * rest


def _unit(indents: object) -> str:
    """One level of indentation among these."""
    several = sorted(set(indents), key=len)  # type: ignore[call-overload]
    if any("\t" in indent for indent in several):
        return "\t"
    steps = [len(b) - len(a) for a, b in pairwise(["", *several]) if len(b) > len(a)]
    return " " * min(steps, default=4)


def _ambiguous(lines: Sequence[int], strategy: str) -> Conflict:
    shown = ", ".join(str(line) for line in lines[:5]) + (" and more" if len(lines) > 5 else "")
    count = len(lines) if len(lines) < 6 else "more than 5"
    return Conflict(
        f"old_text fits {count} places, at lines {shown} (match: {strategy}). "
        "Quote more lines before and after, so that it fits only one.",
        code="edit_ambiguous",
        lines=list(lines[:5]),
    )


def _not_found(text: str, old: str, new: str) -> Conflict:
    if len(new.strip()) >= _TELLING and _plain(new) in _plain(text):
        return Conflict(
            "old_text is not in the file, but new_text is: the edit seems to be made.", code="edit_not_found"
        )
    near = nearest_lines(text, old)
    where = f" The nearest lines begin at line {near.line}." if near else ""
    return Conflict(
        f"old_text is not in the file.{where}",
        code="edit_not_found",
        **({"nearest": near.text, "nearest_line": near.line} if near else {}),
    )
