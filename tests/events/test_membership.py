"""What a reader sees of the log follows who they are at the moment: on open streams too."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth import memberships
from loom_app.auth.memberships import MemberRole
from loom_app.auth.permissions import permissions_of
from loom_app.events import repository
from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO, Sight, visible_to
from loom_app.kernel.actor import SYSTEM, Actor, agent_actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import service as providers
from loom_app.providers.schemas import ProviderDraft
from tests.support import people, rows
from tests.support.streaming import Stream, open_stream

PATH = "/api/v1/events/stream"
EVENTS = "/api/v1/events"


@pytest.fixture(autouse=True)
async def projects(db: Database) -> None:
    await rows.project(db, "kitchen")
    await rows.project(db, "cellar")


@pytest.fixture
async def ann(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as http:
        yield http


def headers(http: AsyncClient) -> dict[str, str]:
    return {"Authorization": http.headers["Authorization"], "Host": "127.0.0.1:8080"}


async def happen(db: Database, *project_ids: str | None, **data: str) -> None:
    async with db.write() as tx:
        for project_id in project_ids:
            append(tx, "bead.created", actor=SYSTEM, project_id=project_id, subject_id="b-1", data=dict(data))


async def next_project(stream: Stream) -> str:
    """Where the next bead was made that the stream tells of."""
    while (message := await stream.event())["event"] != "bead.created":
        pass
    return str(json.loads(message["data"])["project_id"])


@pytest.mark.parametrize("seen", [None, frozenset(), frozenset({"kitchen"}), frozenset({"kitchen", "cellar"})])
@pytest.mark.parametrize("permissions", [frozenset({"*:*"}), frozenset({"projects:read"})])
async def test_queries_and_memory_agree(db: Database, seen: frozenset[str] | None, permissions: frozenset[str]) -> None:
    await happen(db, "kitchen", "cellar", None)
    await happen(db, None, **{PRIVATE_TO: "user-ann"})
    await happen(db, None, **{PRIVATE_TO: ""})
    await happen(db, "cellar", **{PRIVATE_TO: "user-ann"})
    sight = Sight(Actor("user", "user-ann", "ann", permissions, seen))
    async with db.read() as tx:
        every = await repository.after(tx, 0, 100)
        shown = await repository.newest(tx, sight, limit=100)
        assert shown == [event for event in reversed(every) if sight.shows(event)]
        assert await repository.total(tx, sight) == len(shown)
    assert {event.project_id for event in shown} == {None, *({"kitchen", "cellar"} if seen is None else seen)}


async def test_lists_and_figures_are_of_what_is_seen(ann: AsyncClient, client: AsyncClient, db: Database) -> None:
    await happen(db, "kitchen", "cellar", "cellar")
    listed = (await ann.get(EVENTS, params={"type": "bead.created"})).json()
    assert [event["project_id"] for event in listed["events"]] == ["kitchen"]
    assert (await ann.get(EVENTS, params={"project_id": "cellar"})).json() == {"events": [], "count": 0}
    assert (await ann.get(EVENTS, params={"subject_id": "b-1"})).json()["count"] == 1
    own, whole = [(await http.get(f"{EVENTS}/stats")).json() for http in (ann, client)]
    assert own["total"] < whole["total"]
    assert own["last_seq"] == whole["last_seq"], "pages compare it with the numbers of events"


async def test_membership_takes_effect_on_an_open_stream(app: FastAPI, ann: AsyncClient, db: Database) -> None:
    async with open_stream(app, PATH, headers(ann)) as stream:
        assert (await stream.event())["event"] == "connected"
        await happen(db, "cellar", "kitchen")
        assert await next_project(stream) == "kitchen"
        await people.member(db, "ann", "cellar")
        await happen(db, "cellar")
        assert await next_project(stream) == "cellar"
        async with db.write() as tx:
            await memberships.remove(tx, "cellar", "ann", actor=SYSTEM)
        await happen(db, "cellar", "kitchen")
        assert await next_project(stream) == "kitchen"


async def test_nothing_of_a_project_follows_the_loss_of_it_even_in_one_batch(
    app: FastAPI, ann: AsyncClient, db: Database
) -> None:
    async with open_stream(app, PATH, headers(ann), type="bead.created") as stream:
        await stream.event()
        async with db.write() as tx:
            append(tx, "bead.created", actor=SYSTEM, project_id="kitchen")
            await memberships.remove(tx, "kitchen", "ann", actor=SYSTEM)
            await memberships.put(tx, "cellar", "ann", MemberRole.MEMBER, actor=SYSTEM)
            append(tx, "bead.created", actor=SYSTEM, project_id="kitchen")
            append(tx, "bead.created", actor=SYSTEM, project_id="cellar")
        assert await next_project(stream) == "cellar"


async def test_a_project_one_makes_is_on_the_stream_at_once(app: FastAPI, ann: AsyncClient) -> None:
    async with open_stream(app, PATH, headers(ann), type="project.created") as stream:
        await stream.event()
        await ann.post("/api/v1/projects", json={"id": "attic", "name": "Attic"})
        told = json.loads((await stream.event())["data"])
        assert (told["type"], told["project_id"]) == ("project.created", "attic")


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "service"}])
async def test_the_stream_of_somebody_who_may_read_no_more_ends(
    app: FastAPI, ann: AsyncClient, client: AsyncClient, db: Database, change: dict[str, object]
) -> None:
    me = (await ann.get("/api/v1/auth/me")).json()
    async with open_stream(app, PATH, headers(ann)) as stream:
        await stream.event()
        assert (await client.patch(f"/api/v1/auth/users/{me['id']}", json=change)).status_code == 200
        await happen(db, "kitchen")
        async with asyncio.timeout(10):
            await stream.over.wait()


async def test_events_of_a_private_provider_are_its_owners(
    app: FastAPI, ann: AsyncClient, client: AsyncClient, db: Database, vault: Vault
) -> None:
    me = Actor("user", (await ann.get("/api/v1/auth/me")).json()["id"], "ann", permissions_of("user"))
    draft = ProviderDraft(id="mine", name="zqsecret", endpoint="https://model.example/v1", is_shared=False)
    async with db.write() as tx:
        await providers.register(tx, draft, vault=vault, actor=me)
    async with people.signed_in(app, "user", "bob") as bob:
        for path in (EVENTS, "/api/v1/providers", "/api/v1/system/status"):
            told = ["zqsecret" in (await http.get(path)).text for http in (ann, client, bob)]
            assert told == [True, True, False], path


def test_agents_see_their_own_project() -> None:
    assert visible_to(agent_actor("agent-1", "Bo", "kitchen")).actor.projects == frozenset({"kitchen"})
