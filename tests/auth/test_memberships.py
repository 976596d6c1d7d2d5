"""Who sees a project: its members, put there by its owners and by administrators."""

import asyncio

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth import memberships
from loom_app.auth.memberships import MemberRole
from loom_app.config import Settings
from loom_app.events import repository as events
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.schemas import ProjectDraft
from tests.support import people, rows

MEMBERS = "/api/v1/projects/kitchen/members"


async def told(db: Database, *types: str) -> list[tuple[str, str | None, dict[str, object]]]:
    async with db.read() as tx:
        found = await events.newest(tx, EVERYTHING, limit=50, types=frozenset(types))
    return [(event.type, event.project_id, event.data) for event in reversed(found)]


async def listed(http: AsyncClient) -> dict[str, str]:
    answer = await http.get(MEMBERS)
    assert answer.headers["x-total-count"] == str(len(answer.json()))
    return {member["username"]: member["role"] for member in answer.json()}


async def test_whoever_makes_a_project_owns_it(app: FastAPI, client: AsyncClient) -> None:
    async with people.signed_in(app, "user", "ann") as ann, people.signed_in(app, "user", "bob") as bob:
        made = await ann.post("/api/v1/projects", json={"id": "kitchen", "name": "Kitchen"})
        assert made.status_code == 201
        assert await listed(ann) == {"ann": "owner"}
        assert (await bob.get("/api/v1/projects/kitchen")).status_code == 404
        assert (await client.get("/api/v1/projects/kitchen")).status_code == 200
        taken = await bob.post("/api/v1/projects", json={"id": "kitchen", "name": "Mine"})
        assert (taken.status_code, taken.json()["error"]) == (409, "The id 'kitchen' is taken; choose another.")


async def test_what_loom_and_agents_make_has_no_members(db: Database, settings: Settings) -> None:
    for number, actor in enumerate((SYSTEM, agent_actor("agent-1", "Bo", "p"))):
        async with db.write() as tx:
            draft = ProjectDraft(id=f"p{number}", name="P")
            await projects.create(tx, draft, settings=settings, actor=actor)
            assert await memberships.page(tx, f"p{number}", 10, 0) == ([], 0)


async def test_owners_say_who_else_sees_it(app: FastAPI, client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    async with people.signed_in(app, "user", "ann") as ann, people.signed_in(app, "viewer", "bob") as bob:
        added = await client.put(f"{MEMBERS}/ANN", json={"role": "owner"})
        assert (added.status_code, added.json()["username"], added.json()["role"]) == (200, "ann", "owner")
        assert (await bob.get(MEMBERS)).status_code == 404
        assert (await ann.put(f"{MEMBERS}/bob")).json()["role"] == "member"
        assert await listed(bob) == {"ann": "owner", "bob": "member"}
        assert (await ann.delete(f"{MEMBERS}/bob")).status_code == 204
        assert (await bob.get(MEMBERS)).status_code == 404
        assert (await ann.delete(f"{MEMBERS}/ann")).status_code == 204, "the last owner may go: administrators remain"
        assert (await ann.get(MEMBERS)).status_code == 404
        assert await listed(client) == {}
    kinds = await told(db, "project.member_added", "project.member_removed")
    assert [(type_, project, data["username"], data["role"]) for type_, project, data in kinds] == [
        ("project.member_added", "kitchen", "ann", "owner"), ("project.member_added", "kitchen", "bob", "member"),
        ("project.member_removed", "kitchen", "bob", "member"), ("project.member_removed", "kitchen", "ann", "owner"),
    ]  # fmt: skip


async def test_the_same_again_changes_nothing_and_another_role_is_told(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await people.person(db, "user", "ann")
    for role in ("member", "member", "owner", "owner"):
        assert (await client.put(f"{MEMBERS}/ann", json={"role": role})).status_code == 200
    assert [data["role"] for _, _, data in await told(db, "project.member_added")] == ["member", "owner"]


async def test_a_mere_member_and_a_viewer_manage_nothing(app: FastAPI, db: Database) -> None:
    await rows.project(db)
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        for answer in (await ann.put(f"{MEMBERS}/ann", json={"role": "owner"}), await ann.delete(f"{MEMBERS}/ann")):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_an_owner")
        assert await listed(ann) == {"ann": "member"}
    async with people.signed_in(app, "viewer", "bob") as bob:
        await people.member(db, "bob", "kitchen", role=MemberRole.OWNER)
        assert (await bob.put(f"{MEMBERS}/ann")).json()["code"] == "permission_missing"


@pytest.mark.parametrize(
    ("method", "name", "code"),
    [
        ("PUT", "nobody", "user_not_found"),
        ("DELETE", "nobody", "user_not_found"),
        ("DELETE", "eve", "member_not_found"),
    ],
)
async def test_unknown_names_are_told(client: AsyncClient, db: Database, method: str, name: str, code: str) -> None:
    await rows.project(db)
    await people.person(db, "user", "eve")
    answer = await client.request(method, f"{MEMBERS}/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert name in answer.json()["error"]


@pytest.mark.parametrize("body", [{"role": "boss"}, {"role": None}, {"roles": "owner"}, []])
async def test_other_roles_are_refused(client: AsyncClient, db: Database, body: object) -> None:
    await rows.project(db)
    await people.person(db, "user", "ann")
    assert (await client.put(f"{MEMBERS}/ann", json=body)).status_code == 422
    assert await listed(client) == {}


async def test_two_who_add_the_same_at_once_both_succeed(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await people.person(db, "user", "ann")
    answers = await asyncio.gather(*(client.put(f"{MEMBERS}/ann", json={"role": "owner"}) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert await listed(client) == {"ann": "owner"}
    assert len(await told(db, "project.member_added")) == 1


async def test_members_go_with_their_project_and_with_their_account(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await people.person(db, "user", "ann")
    await client.put(f"{MEMBERS}/ann")
    assert (await client.delete("/api/v1/projects/kitchen")).status_code == 204
    await rows.project(db)
    assert await listed(client) == {}
