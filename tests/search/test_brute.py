"""What the index finds is what reading every text finds: on random corpora, on both engines."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from loom_app.beads.models import Bead
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.kernel.textindex import in_bulk
from loom_app.search import indexing
from tests.search.making import asked, bead, comment, project

READER = Actor("user", "u", "u", frozenset({"beads:read"}), frozenset({"garden"}))
LATIN = "login Login log page Crème creme a1b2 x_y foo-bar v1.2 straße ñandú AND NEAR or 1e5 0x1f O'Neil C++"
WORDS = st.sampled_from(f"{LATIN} ДОЖДЬ дождь 修复登录 登录 录 한국어 が ไทย １２ 🔥".split())
GLUE = st.sampled_from([" ", "  ", "\n", ", ", "/", "-", '"', " 🔥 ", "、", "*", "("])
TEXTS = st.lists(st.tuples(WORDS, GLUE), max_size=6).map(lambda parts: "".join(word + glue for word, glue in parts))
UNSPACED = "\u0e00-\u109f\u1780-\u17ff\u2e80-\U0010ffff"


@dataclass(frozen=True)
class Said:
    """A text of the corpus, where it stands and who sees it."""

    kind: str
    title: str
    text: str
    project_id: str


CORPORA = st.lists(
    st.builds(Said, st.sampled_from(["bead", "comment"]), TEXTS, TEXTS, st.sampled_from(["kitchen", "garden"])),
    min_size=1, max_size=8, unique=True,
)  # fmt: skip
QUERIES = st.lists(st.tuples(st.booleans(), st.booleans(), WORDS, WORDS), min_size=1, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(corpus=CORPORA, query=QUERIES, bulk=st.booleans())
async def test_the_index_finds_what_reading_finds(db: Database, corpus: list[Said], query: Any, bulk: bool) -> None:
    await _store(db, corpus, bulk=bulk)
    text = " ".join(
        f'{"-" if negated else ""}"{one} {other}"' if phrase else f"{'-' if negated else ''}{one} "
        for negated, phrase, one, other in query
    ) + ' ""'  # fmt: skip
    for actor in (SYSTEM, READER):
        answer = await asked(db, text, actor, limit=100)
        fitting = [said for said in corpus if actor.sees(said.project_id) and _fits(said, query)]
        found = [each for each in answer["results"] if not each["source_id"].startswith("of-")]
        expected = sorted(f"{said.kind[0]}-{corpus.index(said)}" for said in fitting)
        assert (text, sorted(each["source_id"] for each in found)) == (text, expected)
        assert answer["total"] == len(answer["results"])
    async with db.write() as tx:
        assert await indexing.faults(tx) == []


async def _store(db: Database, corpus: list[Said], *, bulk: bool) -> None:
    async with db.write() as tx:
        await tx.execute(delete(Bead))
    async with db.write() as tx:
        if bulk:
            await in_bulk(tx, 1_000)
        for row in _rows(corpus):
            await tx.merge(row)
            await tx.flush()


def _rows(corpus: list[Said]) -> list[Any]:
    rows: list[Any] = [project("kitchen"), project("garden")]
    for place, said in enumerate(corpus):
        if said.kind == "bead":
            rows.append(bead(f"b-{place}", said.title, said.project_id, description=said.text))
        else:
            rows.append(bead(f"of-{place}", "", said.project_id, source_status=""))
            rows.append(comment(f"c-{place}", f"of-{place}", said.text))
    return rows


def _fits(said: Said, query: Any) -> bool:
    """Whether the text has what is wanted and not what is not, read word by word."""
    asked = [(negated, _cut(f"{one} {other}" if phrase else one)) for negated, phrase, one, other in query
             if phrase or negated or one != "AND"]  # fmt: skip
    wanted = [words for negated, words in asked if words and not negated]
    unwanted = [words for negated, words in asked if words and negated]
    if not wanted and (said.kind == "comment" or not unwanted):
        return False
    texts = [_cut(said.text)] if said.kind == "comment" else [_cut(f"{said.title}"), _cut(said.text)]
    return all(any(_has(text, words) for text in texts) for words in wanted) and not any(
        _has(text, words) for text in texts for words in unwanted
    )


def _has(text: list[str], words: list[str]) -> bool:
    return any(text[start : start + len(words)] == words for start in range(len(text)))


def _cut(text: str) -> list[str]:
    """The words of a text: letters and digits, without accents on Latin ones, in small letters, CJK one by one."""
    plain = re.sub("([A-Za-z])[\u0300-\u036f]+", r"\1", unicodedata.normalize("NFD", text))
    apart = re.sub(f"([{UNSPACED}])", r" \1 ", unicodedata.normalize("NFC", plain))
    return [word for word in re.split(r"[^\w]+|_", apart.lower()) if word]
