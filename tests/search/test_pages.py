"""Page by page one gets what one gets at once, in the same order, however many hits there are."""

from typing import Any

import pytest

from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.search import finding
from tests.search.making import add, asked, bead, comment, project, run

READER = Actor("user", "u", "u", frozenset({"beads:read"}), frozenset({"kitchen"}))
TITLES, TEXTS, COMMENTS, RUNS = 7, 5, 4, 3
QUERIES = (
    "kettle", "kettle -cold", "kettle OR b-1", "kettle status:open", "kettle tag:hot", "kettle created:>2020-01-01",
    "kettle in:title", "kettle -in:title", "kettle in:comments", "kettle -in:comments status:open",
    "kettle in:title,comments", "b-1", "kettle in:runs tag:hot", "kettle -in:title,comments,runs", "teapot status:open",
)  # fmt: skip


@pytest.fixture
async def full(db: Database) -> Database:
    await add(db, project("kitchen"), project("garden"))
    for number in range(TITLES):
        hot = {"tags": ["hot"]} if number % 2 else {"status": "done"}
        await add(
            db, bead(f"b-{number}", f"Kettle {'kettle ' * (number % 3)}", description="cold" * (number % 2), **hot)
        )
    for number in range(TEXTS):
        where = "kitchen" if number % 2 else "garden"
        await add(db, bead(f"t-{number}", "Boil", where, description="the kettle", tags=["hot"]))
    for number in range(COMMENTS):
        await add(db, comment(f"c-{number}", f"b-{number}", "is the kettle on? b-1"))
    for number in range(RUNS):
        await add(db, run(f"r-{number}", f"t-{number}", "no kettle", "kitchen" if number % 2 else "garden"))
    return db


@pytest.mark.parametrize("ranked", [0, 3, 1_000])
async def test_pages_together_are_the_whole(full: Database, monkeypatch: pytest.MonkeyPatch, ranked: int) -> None:
    monkeypatch.setattr(finding, "RANKED", ranked)
    for query in QUERIES:
        for actor in (SYSTEM, READER):
            whole = await asked(full, query, actor, limit=100)
            assert (query, whole["total"]) == (query, len(whole["results"]))
            for size in (1, 2, 5):
                assert (query, size, await _in_pages(full, query, actor, size)) == (query, size, _ids(whole))


async def test_each_place_has_what_stands_there(full: Database) -> None:
    counts = {query: (await asked(full, query))["total"] for query in QUERIES}
    assert counts["kettle"] == TITLES + TEXTS + COMMENTS + RUNS
    assert counts["kettle in:title"] == TITLES
    assert counts["kettle -in:title"] == TEXTS + COMMENTS + RUNS
    assert counts["kettle in:title,comments"] == TITLES + COMMENTS
    assert counts["kettle -in:title,comments,runs"] == TEXTS
    assert counts["teapot status:open"] == 0


async def _in_pages(db: Database, query: str, actor: Actor, size: int) -> list[str]:
    found: list[str] = []
    while page := _ids(await asked(db, query, actor, limit=size, offset=len(found))):
        found += page
    return found


def _ids(answer: dict[str, Any]) -> list[str]:
    return [each["source_id"] for each in answer["results"]]
