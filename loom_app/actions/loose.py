"""Reads JSON as models write it: with fixed, named liberties, never with guesses.

Taken as meant: trailing commas, comments, single, typographic and triple quotes, bare field names, Python's True,
False and None, line breaks inside texts, and a backslash before a letter that JSON gives no meaning, as in \\d.
A text that was cut off, or an unescaped quote inside a text, is never completed: that could run half an action.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'''(?P<space>\s++)
    | (?P<mark>[{}\[\]:,])
    | """(?P<triple>(?:[^"\\]|\\.|"(?!""))*+)"""
    | \'\'\'(?P<apostrophes>(?:[^\'\\]|\\.|\'(?!\'\'))*+)\'\'\'
    | "(?P<double>(?:[^"\\]|\\.)*+)"
    | '(?P<single>(?:[^'\\]|\\.)*+)'
    | [“”](?P<curly>(?:[^“”\\]|\\.)*+)[“”]
    | (?P<comment>(?://|\#)[^\n]*+)
    | (?P<open>["'“”])
    | (?P<word>[^\s{}\[\]:,"'“”/\#]++|/)''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PYTHON_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|.)", re.DOTALL)
_BARE_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_PYTHONIC = frozenset({"single", "triple", "apostrophes"})
_QUOTED = _PYTHONIC | {"double", "curly"}
_STRICT = json.JSONDecoder(strict=False)
_KEPT = frozenset('"\\/bfnrt')
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_MAX_DEPTH = 100
_CLOSERS = frozenset("}]")
_REASONS = {
    "Expecting ',' delimiter": 'a comma or closing bracket is missing here; a quote inside a text must be written \\"',
    "Expecting ':' delimiter": "a colon is missing here",
    "Expecting property name enclosed in double quotes": "a field name in double quotes is missing here",
    "Expecting value": "a value is missing here, or is not JSON",
    "Extra data": "there is more after the end",
}


@dataclass(frozen=True)
class Broken:
    """Why a piece of text is not JSON. `cut` says that it ends before it is complete."""

    reason: str
    position: int
    cut: bool = False


@dataclass(frozen=True)
class Read:
    """What stands in `text` from where reading began up to `end`: a value, or why there is none."""

    end: int
    value: Any = None
    broken: Broken | None = None


@dataclass
class _Rewriting:
    """Strict JSON in the making, with where each piece came from."""

    pieces: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    bare: bool = False
    """Whether the last piece is a word that may turn out to be a field name."""

    def add(self, piece: str, origin: int, *, bare: bool = False) -> None:
        if piece in _CLOSERS and self.pieces and self.pieces[-1] == ",":
            self.pieces.pop()
            self.origins.pop()
        if piece == ":" and self.bare:
            self.pieces[-1] = json.dumps(self.pieces[-1])
        self.pieces.append(piece)
        self.origins.append(origin)
        self.bare = bare

    def origin_of(self, position: int) -> int:
        """The place in the original text that `position` in the joined pieces came from."""
        starts, total = [], 0
        for piece in self.pieces:
            starts.append(total)
            total += len(piece)
        return self.origins[max(bisect_right(starts, position) - 1, 0)] if starts else 0


def read_strictly(text: str, start: int) -> Read | None:
    """Reads the JSON value that begins at `start`; None where that is none."""
    try:
        value, end = _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return Read(end, value)


def read_json(text: str, start: int) -> Read:
    """Reads the object or list that begins at `start`, strictly where that can be. Linear in the length of the text."""
    return read_strictly(text, start) or read_loosely(text, start)


def read_string(text: str, start: int, *, raw: bool = False) -> Read | None:
    """Reads the quoted text of Python that begins at `start`; None when there is none, or it never ends.

    In a `raw` one backslashes are backslashes.
    """
    token = _TOKEN.match(text, start)
    if token is None or token.lastgroup not in _QUOTED:
        return None
    if raw:
        return Read(token.end(), token[str(token.lastgroup)])
    try:
        return Read(token.end(), json.loads(_string(token, python=True), strict=False))
    except ValueError as error:
        return Read(token.end(), broken=Broken(str(error), start))


def read_loosely(text: str, start: int) -> Read:
    """Reads the object or list that begins at `start`. Linear in the length of the text."""
    made = _Rewriting()
    depth, end = 0, len(text)
    for token in _tokens(text, start):
        piece = token.group()
        if token.lastgroup == "open":
            break
        if token.lastgroup in ("space", "comment"):
            continue
        if token.lastgroup == "mark":
            depth += (piece in "{[") - (piece in "}]")
            made.add(piece, token.start())
            if depth > _MAX_DEPTH:
                return Read(len(text), broken=Broken("it is nested too deeply", token.start()))
            if depth == 0:
                end = token.end()
                break
        elif token.lastgroup == "word":
            made.add(" " * made.bare + _PYTHON.get(piece, piece), token.start(), bare=True)
        else:
            made.add(_string(token), token.start())
    return _decode(made, end, complete=depth == 0)


def _tokens(text: str, start: int) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text, start)


def _string(token: re.Match[str], *, python: bool = False) -> str:
    kind = token.lastgroup or "double"
    body = token.group(kind)
    if (python or kind in _PYTHONIC) and "\\" in body:
        body = _PYTHON_ESCAPE.sub(_python_escape, body)
    if "\\" in body:
        body = _ESCAPE.sub(_escape, body)
    if kind != "double" and '"' in body:
        body = _BARE_QUOTE.sub(_quoted, body)
    return f'"{body}"'


def _python_escape(found: re.Match[str]) -> str:
    """Single and triple quotes are Python's: its escapes by number are put into JSON's."""
    number = found.group(1) or found.group(2)
    return json.dumps(chr(int(number, 16)))[1:-1] if number else found.group()


def _escape(found: re.Match[str]) -> str:
    what = found.group(1)
    if what[0] in _KEPT or len(what) == 5:
        return found.group()
    if what in "'“”":
        return what
    return "" if what == "\n" else "\\\\" + what


def _quoted(found: re.Match[str]) -> str:
    return '\\"' if found.group() == '"' else found.group()


def _decode(made: _Rewriting, end: int, *, complete: bool) -> Read:
    strict = "".join(made.pieces)
    try:
        value = json.loads(strict, strict=False)
    except json.JSONDecodeError as error:
        whole = len(strict) - (len(made.pieces[-1]) if made.bare else 0)
        cut = not complete and error.pos >= whole
        reason = _REASONS.get(error.msg, error.msg)
        return Read(end, broken=Broken(reason, end if cut else made.origin_of(error.pos), cut=cut))
    except RecursionError:
        return Read(end, broken=Broken("it is nested too deeply", made.origin_of(0)))
    except ValueError as error:
        return Read(end, broken=Broken(str(error), made.origin_of(0)))
    return Read(end, value=value)
