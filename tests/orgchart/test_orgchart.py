"""Every project has a chart of fifteen seats; who fills them is what the agents say, within capacity."""

import asyncio

import pytest
from httpx import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loom_app.agents.models import Agent
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.orgchart import service
from loom_app.orgchart.template import SEATS
from loom_app.personas.service import list_personas
from tests.support import rows


def test_template_is_the_standard_team() -> None:
    by_role = {seat.role: seat for seat in SEATS}
    assert len(SEATS) == len(by_role) == len({seat.id for seat in SEATS}) == 15
    assert {seat.role for seat in SEATS if seat.required} == {"ceo", "product-manager", "engineering-manager"}
    one = {"ceo", "cfo", "cto", "documentation-manager", "public-relations-manager", "decision-maker"}
    assert {seat.role for seat in SEATS if seat.most == 1} == one | {"housekeeping-bot"}
    assert by_role["cto"].reports_to == "pos-ceo"
    assert {persona.role for persona in list_personas()} == set(by_role)


def test_superiors_stand_before_those_who_report_to_them() -> None:
    for at, seat in enumerate(SEATS):
        assert not seat.reports_to or seat.reports_to in {above.id for above in SEATS[:at]}


async def test_chart_is_made_at_the_first_look_and_only_once(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    answers = await asyncio.gather(*(client.get("/api/v1/org-charts/kitchen") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    chart = answers[0].json()
    assert (chart["id"], chart["project_id"], chart["name"]) == ("orgchart-kitchen", "kitchen", "Kitchen team")
    assert (chart["is_template"], chart["parent_id"]) == (False, "standard")
    assert [seat["id"] for seat in chart["positions"]] == [seat.id for seat in SEATS]
    assert set(chart["positions"][0]) == {
        "id", "role_name", "persona_path", "required", "max_instances", "agent_ids", "reports_to", "created_at"
    }  # fmt: skip


async def test_unknown_project(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/org-charts/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


async def test_agents_fill_seats_and_leave_them(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await rows.project(db, "garden")
    first = await rows.agent(db, role="qa-engineer", position_id="pos-qa")
    second = await rows.agent(db, role="qa-engineer", position_id="pos-qa")
    await rows.agent(db, "garden", position_id="pos-qa")
    seats = await filled(client)
    assert seats["pos-qa"] == [first, second]
    assert not any(agents for seat, agents in seats.items() if seat != "pos-qa")
    async with db.write() as tx:
        await tx.delete(await tx.get(Agent, first))
    assert (await filled(client))["pos-qa"] == [second]


async def filled(client: AsyncClient) -> dict[str, list[str]]:
    """Position id → agents, as the API shows them."""
    chart = (await client.get("/api/v1/org-charts/kitchen")).json()
    return {seat["id"]: seat["agent_ids"] for seat in chart["positions"]}


async def test_unknown_role_has_no_seat_and_needs_none(db: Database) -> None:
    await rows.project(db)
    async with db.write() as tx:
        assert await service.free_seat(tx, "kitchen", "pastry-chef") == ""
        with pytest.raises(NotFound, match="no project 'nowhere'"):
            await service.free_seat(tx, "nowhere", "ceo")


async def take(db: Database, role: str) -> str:
    """Fills a seat of `role` with a new agent."""
    async with db.write() as tx:
        position_id = await service.free_seat(tx, "kitchen", role)
        tx.add(
            Agent(
                id=new_id("agent"), name="Ada", role=role, persona_name=role, project_id="kitchen",
                position_id=position_id,
            )
        )  # fmt: skip
    return position_id


async def test_a_full_position_says_who_fills_it(db: Database) -> None:
    await rows.project(db)
    assert await take(db, "ceo") == "pos-ceo"
    with pytest.raises(Conflict) as refused:
        await take(db, "ceo")
    assert refused.value.message == (
        "The position ceo of project 'kitchen' takes at most 1 agent and is filled by Ada. "
        "Delete that agent first, or choose another persona."
    )


async def test_of_many_at_once_one_gets_the_last_seat(db: Database) -> None:
    await rows.project(db)
    outcomes = await asyncio.gather(*(take(db, "cfo") for _ in range(6)), return_exceptions=True)
    assert sorted(map(str, outcomes)).count("pos-cfo") == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5


@given(wanted=st.lists(st.sampled_from([seat.role for seat in SEATS]), max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_sequence_overfills_a_seat(db: Database, wanted: list[str]) -> None:
    project_id = new_id("project")
    await rows.project(db, project_id)
    taken: dict[str, int] = {}
    for role in wanted:
        async with db.write() as tx:
            most = next(seat.most for seat in SEATS if seat.role == role)
            full = most and taken.get(role, 0) >= most
            try:
                position_id = await service.free_seat(tx, project_id, role)
            except Conflict:
                assert full
                continue
            assert not full
            taken[role] = taken.get(role, 0) + 1
            tx.add(
                Agent(
                    id=new_id("agent"), name="Ada", role=role, persona_name=role, project_id=project_id,
                    position_id=position_id,
                )
            )  # fmt: skip
