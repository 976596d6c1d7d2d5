"""What people do about what agents ask for: they try a text for one of them, and have schedules rest."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select
from sqlmodel import col

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.temporal_language import repository, schedules, trying
from loom_app.temporal_language.models import TemporalSchedule
from loom_app.temporal_language.schemas import Checked
from tests.support import people, rows
from tests.support.workshop import until
from tests.temporal_language.recording import Recording
from tests.temporal_language.test_executing import NIGHTLY, Desk
from workers import agent_instructions
from workers.agent_instructions import AgentInstructions

LIST = "/api/v1/temporal/schedules"
CHECK = "/api/v1/temporal/check"


@pytest.fixture
async def desk(db: Database, settings: Settings) -> Desk:
    """A kitchen with a QA engineer."""
    await rows.project(db)
    return Desk(db, settings, await rows.agent(db))


async def tried(desk: Desk, *lines: str, agent_id: str = "") -> Checked:
    text = "\n".join(("<temporal>", *lines, "</temporal>"))
    async with desk.db.read() as tx:
        agent = await agents.get(tx, agent_id or desk.agent_id)
        return await trying.check_for(tx, text, agent, desk.settings.temporal_language)


async def the_schedule(desk: Desk) -> TemporalSchedule:
    async with desk.db.read() as tx:
        (row,) = await repository.live_schedules(tx)
        return row


async def test_a_text_is_tried_against_what_there_is_in_the_agents_project(desk: Desk) -> None:
    weekly = tuple(line.replace("nightly", "weekly").replace("24h", "168h") for line in NIGHTLY)
    assert (await tried(desk, *NIGHTLY)).instructions[0].would.startswith("Sets up the schedule nightly")
    await desk.ask(*NIGHTLY)
    changes, new = (await tried(desk, *(line.replace("24h", "12h") for line in NIGHTLY), *weekly)).instructions
    assert changes.would == "Changes the schedule nightly from NightlyCheck every 24h to NightlyCheck every 12h."
    assert (changes.allowed, new.allowed) == (True, True)
    other = await rows.agent(desk.db, role="cto")
    (taken,) = (await tried(desk, *NIGHTLY, agent_id=other)).instructions
    assert (taken.allowed, "Choose another name" in taken.reason) == (False, True)
    ends, unknown = (await tried(desk, "CANCEL: nightly", "END", "CANCEL: hourly", "END")).instructions
    assert ends.would.startswith("Ends the schedule nightly of ")
    assert (unknown.allowed, "LIST shows them" in unknown.reason) == (False, True)
    named = 'INPUT: {"title": "Order yeast"}', "WORKFLOW_ID: yeast", "END"
    assert (await tried(desk, "WORKFLOW: ScheduledBead", *named, "QUERY: yeast", "TYPE: get_status", "END")).ok
    assert await desk.beads() == [], "trying does nothing"


async def test_rights_and_bounds_are_those_of_the_agent(desk: Desk) -> None:
    designer = await rows.agent(desk.db, role="web-designer")
    found = await tried(desk, "LIST", "END", agent_id=designer)
    assert (found.ok, found.may, found.role) == (False, [], "default/web-designer")
    few = desk.settings.temporal_language.model_copy(update={"most_per_hour": 1})
    desk.settings = desk.settings.model_copy(update={"temporal_language": few})
    assert (await tried(desk, "LIST", "END")).ok
    await desk.ask("LIST", "END")
    assert "within an hour" in (await tried(desk, "LIST", "END")).instructions[0].reason
    async with desk.db.write() as tx:
        await agents.let_go(tx, await tx.get_one(Agent, desk.agent_id), because="retired", actor=SYSTEM)
    assert "has left the team" in (await tried(desk, "LIST", "END")).instructions[0].reason


async def test_faults_stand_where_they_are(desk: Desk, client: AsyncClient) -> None:
    text = "Good.\n\n<temporal>\nSCHEDULE: nightly\n  INTERVAL: soon\nEND\n</temporal>"
    said = (await client.post(CHECK, json={"text": text, "agent_id": desk.agent_id})).json()
    assert (said["ok"], said["role"]) == (False, "default/qa-engineer")
    ((line, column),) = [(each["line"], each["column"]) for each in said["errors"]]
    assert text.splitlines()[line - 1][column - 1 :].startswith("soon")
    assert said["cleaned_text"] == "Good.\n"
    gone = await client.post(CHECK, json={"text": text, "agent_id": "nobody"})
    assert gone.status_code == 404


async def test_a_paused_schedule_rests_until_it_is_resumed(desk: Desk, client: AsyncClient) -> None:
    await desk.ask(*NIGHTLY)
    one = f"{LIST}/{(await the_schedule(desk)).id}"
    before = (await client.get(LIST)).json()["schedules"][0]
    assert (before["paused_at"], before["next_at"] > now().isoformat()) == (None, True)
    for _ in range(2):
        said = (await client.post(f"{one}/pause")).json()
        assert (said["paused_by"], said["next_at"]) == ("admin", None)
    async with desk.db.read() as tx:
        told = (await tx.execute(select(col(Event.type)).where(col(Event.type) == "temporal.paused"))).all()
    assert len(told) == 1
    assert (await desk.fire(1))["status"] == "nothing to do"
    await schedules.settle(desk.db, desk.engine)
    assert desk.engine.timed == {}
    (changed,) = await desk.ask(*(line.replace("24h", "12h") for line in NIGHTLY))
    assert "a person resumes it" in changed["result"]["note"]
    assert desk.engine.timed == {}
    (listed,) = await desk.ask("LIST", "END")
    assert listed["result"]["schedules"][0]["paused"] is True
    assert (await client.post(f"{one}/resume")).json()["every"] == "12h"
    await schedules.settle(desk.db, desk.engine)
    assert (await desk.fire(2))["filed"] is True
    assert (await client.delete(one)).json()["ended_because"] == "admin ended it."
    assert (await client.post(f"{one}/pause")).json()["code"] == "schedule_ended"


async def test_it_fires_next_when_temporal_has_it_fire(desk: Desk) -> None:
    await desk.ask(*NIGHTLY)
    row = await the_schedule(desk)
    row.created_at = now() - timedelta(hours=49, milliseconds=300)
    due = schedules.next_at(row)
    assert due is not None
    assert timedelta(hours=22, minutes=59) < due - now() < timedelta(hours=23)


async def test_strangers_neither_see_nor_stop_what_is_not_theirs(desk: Desk, app: FastAPI) -> None:
    await desk.ask(*NIGHTLY)
    one = f"{LIST}/{(await the_schedule(desk)).id}"
    async with people.signed_in(app, "user", "stranger") as stranger:
        assert (await stranger.get(LIST)).json()["count"] == 0
        assert (await stranger.post(f"{one}/pause")).status_code == 404
        assert (await stranger.post(CHECK, json={"text": "", "agent_id": desk.agent_id})).status_code == 404


async def test_what_was_resumed_while_temporal_was_away_fires_soon_after_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_instructions, "LOOK_SECONDS", 0.02)
    await desk.ask(*NIGHTLY)
    desk.engine.timed.clear()
    desk.engine.away = True
    asked = 0

    async def seen() -> set[str]:
        nonlocal asked
        asked += 1
        return await Recording.schedules(desk.engine)

    monkeypatch.setattr(desk.engine, "schedules", seen)
    following = asyncio.create_task(AgentInstructions(desk.db, desk.settings, desk.engine).follow())
    try:
        await until(lambda: _is(asked > 2), 10)
        desk.engine.away = False
        await until(lambda: _is(len(desk.engine.timed) == 1), 10)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _is(what: bool) -> bool:
    return what
