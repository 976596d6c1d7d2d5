"""The language of the search: what a line of text asks for. Pure; there is no text it cannot read."""

import re
from dataclasses import dataclass, replace

from loom_app.search.fields import ALIASES, FIELDS

LONGEST = 500
"""Characters of a query that are read."""
MOST_TERMS = 30
WORD = re.compile(r"[^\W_]")
_TERM = re.compile(
    r"""(?P<not>-+)?(?:
        "(?P<phrase>[^"]*)"?
      | (?P<field>[A-Za-z_]+):(?P<values>(?:"[^"]*"?|[^\s"])+)
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)
_VALUE = re.compile(r'"([^"]*)"?|([^,"]+)')


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or words in a row. With `prefix` the last one may go on."""

    text: str
    start: int
    end: int
    prefix: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A field and the values it may have, as they were written."""

    field: str
    values: tuple[str, ...]
    start: int
    end: int
    negated: bool = False


Term = Words | Asked
Group = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Every group has to hold; of a group one term is enough."""

    text: str
    groups: tuple[Group, ...]
    problems: tuple[str, ...] = ()
    unknown: tuple[Words, ...] = ()
    """What looks like a field that there is not, and is taken for words."""

    @property
    def words(self) -> tuple[Words, ...]:
        """The words that are wanted, in order."""
        return tuple(term for group in self.groups for term in group if isinstance(term, Words) and not term.negated)


def parse(text: str) -> Query:
    """What `text` asks for, with a sentence for everything that could not be taken as it stands."""
    problems: list[str] = []
    if len(text) > LONGEST:
        problems.append(f"Only the first {LONGEST} characters of the query were read.")
    read = text[:LONGEST]
    groups, unknown, either, negate, empty = list[list[Term]](), list[Words](), False, False, list[str]()
    for found in _TERM.finditer(read):
        if found["word"] in ("OR", "|", "AND", "NOT") and not found["not"]:
            either = found["word"] in ("OR", "|") or (either and found["word"] == "NOT")
            negate = found["word"] == "NOT" or (negate and found["word"] != "AND")
            continue
        term = _term(found, negated=bool(found["not"]) != negate)
        if term is None:
            empty.append(found[0])
            continue
        if found["field"] and isinstance(term, Words) and _like_a_field(found):
            unknown.append(term)
        if either and groups:
            groups[-1].append(term)
        elif not any(_same(term, other) for group in groups if len(group) == 1 for other in group):
            groups.append([term])
        either = negate = False
    if empty and not groups:
        problems.append(f"{empty[0][:50]} has neither letters nor digits; only words can be looked for.")
    if len(groups) > MOST_TERMS or any(len(group) > MOST_TERMS for group in groups):
        problems.append(f"Only the first {MOST_TERMS} terms of the query were read.")
    kept = tuple(tuple(group[:MOST_TERMS]) for group in groups[:MOST_TERMS])
    return Query(read, _open_ended(kept, read), tuple(problems), tuple(unknown))


def _term(found: re.Match[str], *, negated: bool) -> Term | None:
    """The term that was found; None when there is nothing in it to look for."""
    start, end = found.span()
    name = ALIASES.get((found["field"] or "").lower(), (found["field"] or "").lower())
    if name in FIELDS:
        values = tuple((quoted or plain).strip() for quoted, plain in _VALUE.findall(found["values"]))
        kept = tuple(value for value in values if value)
        return Asked(name, kept, start, end, negated) if kept else None
    if found["phrase"] is not None:
        text = found["phrase"]
    else:
        text = (found["word"] or f"{found['field']}:{found['values']}").replace('"', " ")
    return Words(text, start, end, negated=negated) if WORD.search(text) else None


def _same(one: Term, other: Term) -> bool:
    """Whether two terms ask the same, wherever they stand."""
    return replace(one, start=0, end=0) == replace(other, start=0, end=0)


def _like_a_field(found: re.Match[str]) -> bool:
    """Whether an unknown `name:value` was more likely meant as a field than as an address or a part of speech."""
    return not found["values"].startswith(("/", ":", "\\"))


def _open_ended(groups: tuple[Group, ...], text: str) -> tuple[Group, ...]:
    """`groups` with the very last word as the beginning of one: who types is not yet at its end."""
    last = groups[-1][-1] if groups else None
    if not isinstance(last, Words) or last.negated or last.end != len(text.rstrip()) or text[last.start] == '"':
        return groups
    whole = Words(last.text, last.start, last.end, prefix=True)
    return (*groups[:-1], (*groups[-1][:-1], whole))
