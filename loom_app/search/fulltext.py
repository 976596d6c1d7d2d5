"""What the index of either database is asked: FTS5's own language, or tsquery. The words are cut by the database."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, cast, column, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from loom_app.search.language import WORD, Words

UNSPACED = re.compile("([\u0e00-\u109f\u1780-\u17ff\u2e80-\U0010ffff])")
"""Characters that the index takes for a word each, since their scripts put no space between words."""
DOCUMENTS = table(
    "search_documents", *(column(name) for name in ("id", "kind", "key", "bead_id", "project_id", "title", "words"))
)
"""One row for each bead, comment, run and turn. `title` and `words` are PostgreSQL's."""
INDEX = table("search_index", column("rowid"), column("search_index"))
KINDS = {"title": ("bead",), "text": ("bead",), "comments": ("comment",), "runs": ("run", "turn")}
WEIGHTS = (10.0, 1.0, 1.0, 1.0)
"""Of a hit in the title, the text, comments and runs."""
SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words of documents: of each group one, and none of `unwanted`."""

    groups: tuple[tuple[Words, ...], ...]
    unwanted: tuple[Words, ...] = ()


def matching(dialect: str, wanted: Wanted, parts: Sequence[str], but_not: Sequence[str] = ()) -> Select[Any]:
    """The `id` of documents with what is wanted in `parts`, not all in `but_not`."""
    if dialect == "postgresql":
        return _by_vectors(wanted, parts, but_not)
    return select(INDEX.c.rowid.label("id")).where(_asked(wanted, parts, but_not))


def ranking(dialect: str, wanted: Wanted, parts: Sequence[str], ids: Sequence[int]) -> Select[Any]:
    """`id` and `rank` of those of `ids` that match, in order: the best is the lowest, of equal ones the newest."""
    if dialect == "postgresql":
        query = select(DOCUMENTS.c.id, (-func.ts_rank(_column(parts), _query(wanted))).label("rank"))
        query = query.where(DOCUMENTS.c.id.in_(ids))
    else:
        rank = func.bm25(literal_column("search_index"), *map(literal_column, map(str, WEIGHTS)))
        query = select(INDEX.c.rowid.label("id"), rank.label("rank")).where(_asked(wanted, parts))
        # Not by its bare name, or the words would be looked up once for each id.
        query = query.where((INDEX.c.rowid + 0).in_(_numbers(ids)))
    return query.order_by(query.selected_columns.rank, query.selected_columns.id.desc())


def _numbers(ids: Sequence[int]) -> Select[Any]:
    return select(func.json_each(bindparam(None, json.dumps(ids))).table_valued("value").c.value)


def _asked(wanted: Wanted, parts: Sequence[str], but_not: Sequence[str] = ()) -> ColumnElement[Any]:
    found = f"{_within(parts)} ({_all_of(wanted)})"
    found += f" NOT {_within(but_not)} ({_all_of(wanted)})" if but_not else ""
    found += "".join(f" NOT {_phrase(words)}" for words in wanted.unwanted)
    return INDEX.c.search_index.op("MATCH")(bindparam(None, found))


def _within(parts: Sequence[str]) -> str:
    return f"{{{' '.join(parts)}}} :"


def _all_of(wanted: Wanted) -> str:
    return " AND ".join(f"({' OR '.join(map(_phrase, group))})" for group in wanted.groups)


def _phrase(words: Words) -> str:
    apart = UNSPACED.sub(r" \1 ", words.text)
    return f'"{apart}"' + (" *" if open_ended(words) else "")


def open_ended(words: Words) -> bool:
    """Whether the last word may go on; a single letter stands for itself, or nearly everything would begin with it."""
    return words.prefix and len(WORD.findall(words.text)) > 1


def _by_vectors(wanted: Wanted, parts: Sequence[str], but_not: Sequence[str]) -> Select[Any]:
    asked = _query(wanted)
    kinds = {kind for part in parts for kind in KINDS[part]}
    where = [DOCUMENTS.c.kind.in_(sorted(kinds)), _column(parts).op("@@")(asked)]
    if but_not:
        where.append(~_column(but_not).op("@@", is_comparison=True)(asked))
    where += [~DOCUMENTS.c.words.op("@@", is_comparison=True)(_tsquery(words)) for words in wanted.unwanted]
    return select(DOCUMENTS.c.id).where(and_(*where))


def _query(wanted: Wanted) -> ColumnElement[Any]:
    return _joined([_joined([_tsquery(words) for words in group], "||") for group in wanted.groups], "&&")


def _column(parts: Sequence[str]) -> ColumnElement[Any]:
    return DOCUMENTS.c.title if tuple(parts) == ("title",) else DOCUMENTS.c.words


def _joined(queries: list[ColumnElement[Any]], operator: str) -> ColumnElement[Any]:
    whole = queries[0]
    for query in queries[1:]:
        whole = whole.op(operator, return_type=TSQUERY())(query)
    return whole.self_group()


def _tsquery(words: Words) -> ColumnElement[Any]:
    asked: ColumnElement[Any] = func.phraseto_tsquery(SIMPLE, func.search_words(bindparam(None, words.text)))
    if open_ended(words):
        asked = cast(func.nullif(cast(asked, Text), "").op("||")(":*"), TSQUERY)
    return asked
