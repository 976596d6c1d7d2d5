"""What may have been meant where nothing was found: words of texts that whoever asks may read."""

from collections.abc import Awaitable, Callable
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Select, and_, column, func, select, table, true
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.search.fulltext import DOCUMENTS
from loom_app.search.known import Scope
from loom_app.search.language import Query, Words
from loom_app.search.snippets import fold

VOCABULARY = table("search_vocabulary", column("term"))
MOST_WORDS = 20_000
"""Of the vocabulary that are compared with one word."""
NEWEST = 3_000
"""Documents whose words are compared, where there is no list of all words."""
MOST_TRIED = 6
MOST_CORRECTED = 5
Count = Callable[[str], Awaitable[int]]


async def corrected(tx: AsyncSession, query: Query, scope: Scope, count: Count) -> str:
    """`query` with each word that is found nowhere replaced by the nearest that is; "" when that finds nothing either.

    `count` tells how much whoever asks would find, so that no word is named that they could not have read.
    """
    text, changed = query.text, False
    for words in sorted(query.words[:MOST_CORRECTED], key=lambda each: each.start, reverse=True):
        if not words.text.isalnum() or await count(words.text):
            continue
        nearest = await _nearest(tx, words, scope, count)
        if not nearest:
            return ""
        text, changed = text[: words.start] + nearest + text[words.end :], True
    return text if changed and await count(text) else ""


async def _nearest(tx: AsyncSession, words: Words, scope: Scope, count: Count) -> str:
    asked = fold(words.text)[0]
    alike = process.extract(
        asked, await _like(tx, asked, scope), scorer=OSA.distance, score_cutoff=1 if len(asked) < 5 else 2,
        limit=MOST_TRIED,
    )  # fmt: skip
    for term, _, _ in alike:
        if await count(f'"{term}"'):
            return str(term)
    return ""


async def _like(tx: AsyncSession, asked: str, scope: Scope) -> list[str]:
    """Words that begin with one of the first two letters of `asked`: of two typed in the wrong order, the other."""
    found: list[str] = []
    for letter in dict.fromkeys(asked[:2]):
        query = _newest_words(letter, scope) if scope.dialect == "postgresql" else _vocabulary(letter)
        found += (await tx.execute(query.limit(MOST_WORDS))).scalars()
    return found


def _vocabulary(letter: str) -> Select[Any]:
    term = VOCABULARY.c.term
    return select(term).where(term >= letter, term < chr(ord(letter) + 1))


def _newest_words(letter: str, scope: Scope) -> Select[Any]:
    mine = and_(DOCUMENTS.c.project_id.is_not(None), scope.sees(DOCUMENTS.c.project_id))
    some = select(DOCUMENTS.c.words).where(mine).order_by(DOCUMENTS.c.id.desc()).limit(NEWEST).subquery()
    words = func.unnest(some.c.words).table_valued("lexeme", "positions", "weights").render_derived()
    begun = func.left(words.c.lexeme, 1) == letter
    return select(words.c.lexeme).select_from(some.join(words, true())).where(begun).distinct()
