"""Lessons as people see and write them, and what is kept of what runs teach."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.lessons import service
from loom_app.lessons.finding import Finding
from loom_app.lessons.models import Category, Lesson
from tests.support import rows

PATH = "/api/v1/projects/kitchen/lessons"


def finding(title: str = "The oven is cold", signature: str = "", **more: str) -> Finding:
    return Finding(Category.TEST_FAILURE, title, more.get("detail", "Preheat it."), signature or title, ("oven.py",))


def source(run_id: str = "run-1") -> service.Source:
    return service.Source("kitchen", "kitchen-1", "agent-1", run_id)


@pytest.fixture(autouse=True)
async def project(db: Database) -> None:
    """A project to learn in."""
    await rows.project(db)


async def learned(db: Database, *findings: Finding, run_id: str = "run-1") -> None:
    async with db.write() as tx:
        await service.learn(tx, findings, source(run_id))


async def test_lessons_are_written_changed_pinned_disabled_and_deleted(client: AsyncClient) -> None:
    assert (await client.get(PATH)).json() == []
    draft = {"title": "Weigh the flour", "detail": "Cups lie.", "category": "review", "files": ["flour.txt"]}
    made = (await client.post(PATH, json=draft)).json()
    assert {name: made[name] for name in draft} == draft
    assert (made["hits"], made["uses"], made["pinned"], made["relevance_score"]) == (1, 0, False, 1.0)
    assert made["author"]
    assert (await client.post(PATH, json=draft)).json()["code"] == "lesson_known"
    ovens = [(await client.post(PATH, json={"title": f"Oven {n} is hot"})).json() for n in (1, 2)]
    assert [(await client.delete(f"/api/v1/lessons/{oven['id']}")).status_code for oven in ovens] == [204, 204]
    url = f"/api/v1/lessons/{made['id']}"
    changed = (await client.patch(url, json={"pinned": True, "relevance": 3})).json()
    assert (changed["pinned"], changed["relevance"], changed["title"]) == (True, 3, "Weigh the flour")
    assert (await client.patch(url, json=changed | {"disabled": True})).json()["disabled"]
    assert [one["id"] for one in (await client.get(PATH, params={"disabled": False})).json()] == []
    assert (await client.patch(url, json={"relevance": 11})).status_code == 422
    assert (await client.patch(url, json={"category": "gossip"})).status_code == 422
    assert (await client.delete(url)).status_code == 204
    gone = await client.get(url)
    assert (gone.status_code, gone.json()["code"]) == (404, "lesson_not_found")
    events = (await client.get("/api/v1/events", params={"subject_id": made["id"]})).json()["events"]
    assert {event["type"] for event in events} == {"lesson.created", "lesson.updated", "lesson.deleted"}


async def test_they_are_found_by_words_and_listed_by_weight(client: AsyncClient, db: Database) -> None:
    await learned(db, finding(), finding("Salt is missing", detail="See recipe.md"))
    await learned(db, finding("Salt is missing"), run_id="run-2")
    answer = await client.get(PATH)
    assert answer.headers["X-Total-Count"] == "2"
    assert [one["title"] for one in answer.json()] == ["Salt is missing", "The oven is cold"]
    assert [one["title"] for one in (await client.get(PATH, params={"q": "recipe.md"})).json()] == ["Salt is missing"]
    assert (await client.get(PATH, params={"category": "review"})).json() == []
    assert (await client.get(PATH, params={"limit": 1, "offset": 1})).json()[0]["title"] == "The oven is cold"


async def test_the_same_again_counts_once_a_run_and_makes_no_second_lesson(client: AsyncClient, db: Database) -> None:
    for run_id in ("run-1", "run-1", "run-2"):
        await learned(db, finding(signature="run 17 failed at 0x1f00ab"), run_id=run_id)
    await learned(db, finding(signature="run 99 failed at 0x77aa01"), run_id="run-3")
    (lesson,) = (await client.get(PATH)).json()
    assert (lesson["hits"], lesson["source_bead_id"], lesson["files"]) == (3, "kitchen-1", ["oven.py"])


async def test_secrets_are_taken_out(client: AsyncClient, db: Database) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    await learned(db, finding(f"Token {token}", detail=f"export PASSWORD=hunter2x7 and {token}"))
    (lesson,) = (await client.get(PATH)).json()
    assert token not in str(lesson)
    assert "hunter2x7" not in str(lesson)


async def test_a_project_keeps_so_many_and_what_people_wrote_stays(
    client: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST", 4)
    await client.post(PATH, json={"title": "By hand"})
    await learned(db, *(finding(f"Number {'x' * n}") for n in range(9)))
    every = (await client.get(PATH)).json()
    assert len(every) == 4
    assert "By hand" in {one["title"] for one in every}
    assert (await client.post(PATH, json={"title": "One more"})).json()["code"] == "too_many"


async def test_work_is_told_what_matters_most_within_bounds(db: Database) -> None:
    await learned(db, *(finding(f"Oven {'x' * n}", detail="hot " * 500) for n in range(8)), finding("Invoices"))
    async with db.write() as tx:
        tx.add(Lesson(id="les-off", project_id="kitchen", fingerprint="f", title="Oven oven oven", disabled=True))
        tx.add(
            Lesson(
                id="les-pin", project_id="kitchen", fingerprint="p", title="Wash your hands", pinned=True,
                seen_at=now() - timedelta(days=900),
            )
        )  # fmt: skip
    async with db.write() as tx:
        told = await service.for_work(tx, "kitchen", "The oven is cold")
    assert told[0].id == "les-pin"
    assert "les-off" not in {lesson.id for lesson in told}
    assert len(told) <= 5
    assert sum(len(service.told(lesson)) for lesson in told) <= 4_000
    async with db.read() as tx:
        assert (await service.get(tx, "les-pin")).uses == 1
