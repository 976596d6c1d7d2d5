"""Saved views: whose they are, who sees them, and which one a board opens with."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.kernel.database import Database
from tests.support import people, rows

VIEWS = "/api/v1/board/views"


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await rows.project(db)


async def save(client: AsyncClient, name: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post(VIEWS, json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_view_is_saved_changed_and_deleted(client: AsyncClient) -> None:
    made = await save(client, " Urgent ", query="priority=0&lanes=agent", project_id="kitchen")
    assert (made["name"], made["is_mine"], made["shared"], made["is_default"]) == ("Urgent", True, False, False)
    path = f"{VIEWS}/{made['id']}"
    changed = await client.patch(path, json={"name": "At once", "query": "", "shared": True, "is_default": True})
    assert changed.json() | {"updated_at": ""} == made | {
        "name": "At once", "query": "", "shared": True, "is_default": True, "updated_at": "",
    }  # fmt: skip
    assert (await client.get(VIEWS)).json() == [changed.json()]
    other = await save(client, "Other", project_id="kitchen")
    await client.patch(f"{VIEWS}/{other['id']}", json={"is_default": True})
    assert [(view["name"], view["is_default"]) for view in (await client.get(VIEWS)).json()] == [
        ("At once", False),
        ("Other", True),
    ]
    await client.patch(f"{VIEWS}/{other['id']}", json={"is_default": False})
    assert not any(view["is_default"] for view in (await client.get(VIEWS)).json())
    assert (await client.delete(path)).status_code == 204
    gone = await client.delete(path)
    assert (gone.status_code, gone.json()["code"]) == (404, "view_not_found")


async def test_names_are_unique_for_one_owner(client: AsyncClient) -> None:
    await save(client, "Urgent")
    other = await save(client, "Other")
    again = await client.post(VIEWS, json={"name": "Urgent"})
    renamed = await client.patch(f"{VIEWS}/{other['id']}", json={"name": "Urgent"})
    assert [(answer.status_code, answer.json()["code"]) for answer in (again, renamed)] == [(409, "view_exists")] * 2


async def test_what_is_no_view_is_refused(client: AsyncClient) -> None:
    wrong: list[dict[str, Any]] = [
        {"name": ""}, {"name": "  "}, {"name": "a\nb"}, {"name": "x" * 81}, {"name": "x", "query": "bead=t-1"},
        {"name": "x", "query": "?q=1"}, {"name": "x", "query": "q=a b"}, {"name": "x", "shared": "yes"},
        {"name": "x", "query": "q=" + "a" * 2000}, {"name": "x", "owner": "me"},
    ]  # fmt: skip
    for body in wrong:
        assert (await client.post(VIEWS, json=body)).status_code == 422, body


async def test_a_personal_view_is_nobody_elses_and_a_shared_one_is_seen_with_its_project(
    app: FastAPI, client: AsyncClient
) -> None:
    own = await save(client, "Mine", project_id="kitchen")
    shared = await save(client, "Ours", project_id="kitchen", shared=True)
    everybody = await save(client, "Everywhere", shared=True)
    async with (
        people.signed_in(app, "viewer", "ann", sees=["kitchen"]) as ann,
        people.signed_in(app, "user", "bob") as bob,
    ):
        assert [view["name"] for view in (await ann.get(VIEWS)).json()] == ["Everywhere", "Ours"]
        assert [view["name"] for view in (await bob.get(VIEWS)).json()] == ["Everywhere"]
        for client_, view in ((ann, own), (bob, own), (bob, shared)):
            assert (await client_.patch(f"{VIEWS}/{view['id']}", json={"is_default": True})).status_code == 404
        assert (await ann.patch(f"{VIEWS}/{shared['id']}", json={"is_default": True})).json()["is_default"] is True
        refused = await ann.patch(f"{VIEWS}/{shared['id']}", json={"name": "Theirs"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_view")
        assert (await bob.delete(f"{VIEWS}/{everybody['id']}")).status_code == 403
        assert (await ann.post(VIEWS, json={"name": "x", "shared": True})).json()["code"] == "permission_missing"
        assert (await ann.post(VIEWS, json={"name": "Mine", "project_id": "kitchen"})).status_code == 201
        assert (await bob.post(VIEWS, json={"name": "x", "project_id": "kitchen"})).status_code == 404
    assert [view["is_default"] for view in (await client.get(VIEWS)).json()] == [False] * 3
