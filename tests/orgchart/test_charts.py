"""Charts are changed as a whole, checked in sentences that say where to mend them, and saved as templates."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.database import Database
from loom_app.orgchart.checking import Seat, faults, top_down
from loom_app.orgchart.template import SEATS
from tests.support import rows
from tests.support.people import signed_in

CHART, TEMPLATES = "/api/v1/org-charts/kitchen", "/api/v1/org-chart-templates"


@pytest.fixture
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.provider(db)


def seat(role: str, reports_to: Any = "", **more: Any) -> dict[str, Any]:
    return {"id": f"pos-{role}", "role_name": role, "reports_to": reports_to, **more}


async def put(client: AsyncClient, *positions: dict[str, Any], **more: Any) -> Response:
    return await client.put(CHART, json={"positions": list(positions), **more})


def refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def wrong(answer: Response) -> list[tuple[str, str]]:
    """(code, position) of each fault."""
    return [(problem["code"], problem["position_id"]) for problem in answer.json()["problems"]]


@pytest.mark.usefixtures("kitchen")
@pytest.mark.parametrize(
    ("positions", "code", "says"),
    [
        ([seat("a", "pos-b"), seat("b", "pos-c"), seat("c", "pos-a")], "cycle",
         "Nobody is at the top: pos-a reports to pos-b reports to pos-c reports to pos-a."),
        ([seat("a", "pos-a")], "cycle", "pos-a reports to pos-a"),
        ([seat("a"), seat("b"), seat("c", ["pos-a", "pos-b"])], "two_superiors", "pos-c reports to pos-a and pos-b."),
        ([seat("a"), seat("b"), seat("c", "pos-a"), seat("c", "pos-b")], "two_superiors", "keep one"),
        ([seat("a"), seat("a")], "position_twice", "listed 2 times"),
        ([seat("chef"), seat("cook", "pos-chf")], "unknown_superior", "Did you mean pos-chef?"),
        ([], "no_positions", "at least one"),
    ],
)  # fmt: skip
async def test_what_is_no_chart_is_refused_in_a_sentence(
    client: AsyncClient, positions: list[dict[str, Any]], code: str, says: str
) -> None:
    answer = await put(client, *positions)
    assert refusal(answer) == (400, "org_chart_invalid")
    assert code in [fault for fault, _ in wrong(answer)]
    assert says in answer.json()["error"]
    assert len((await client.get(CHART)).json()["positions"]) == len(SEATS)


@pytest.mark.usefixtures("kitchen")
async def test_a_chart_is_replaced_and_shown_top_down(client: AsyncClient) -> None:
    first = (await client.get(CHART)).json()
    assert (first["revision"], first["parent_id"]) == (1, "standard")
    answer = await put(
        client, seat("cook", "pos-chef", max_instances=3), seat("chef", required=True), {"role_name": "cook"},
        name="Night shift", base_revision=1,
    )  # fmt: skip
    chart = answer.json()
    assert (answer.status_code, chart["revision"], chart["name"]) == (200, 2, "Night shift")
    assert [(one["id"], one["reports_to"]) for one in chart["positions"]] == [
        ("pos-chef", ""), ("pos-cook", "pos-chef"), ("pos-cook-2", ""),
    ]  # fmt: skip
    again = await client.put(CHART, json={**chart, "name": "Day shift"})
    assert (again.status_code, again.json()["name"]) == (200, "Day shift")
    assert refusal(await put(client, seat("chef"), base_revision=2)) == (409, "org_chart_changed")
    events = (await client.get("/api/v1/events", params={"type": "orgchart.updated"})).json()["events"]
    assert [event["data"]["revision"] for event in events] == [3, 2]


@pytest.mark.usefixtures("kitchen")
async def test_what_is_wrong_with_it_stands_beside_it(client: AsyncClient, db: Database) -> None:
    shown = (await client.get(CHART)).json()
    assert [(one["code"], one["position_id"]) for one in shown["problems"]] == [
        ("required_empty", "pos-ceo"), ("required_empty", "pos-pm"), ("required_empty", "pos-em"),
    ]  # fmt: skip
    assert "Assign an agent to it, or make one from default/ceo." in shown["problems"][0]["message"]
    for name in ("Ada", "Bo"):
        await rows.agent(db, role="cfo", name=name, position_id="pos-cfo")
    await rows.agent(db, role="qa-engineer", name="Cy", position_id="pos-ceo")
    problems = {one["code"]: one["message"] for one in (await client.get(CHART)).json()["problems"]}
    assert "takes 1 and is filled by 2: Ada, Bo" in problems["over_capacity"]
    assert "Cy fills the position ceo with the persona of a qa-engineer" in problems["other_role"]
    await put(client, seat("sous-chef"))
    assert [one["code"] for one in (await client.get(CHART)).json()["problems"]] == ["persona_unusable"]


@pytest.mark.usefixtures("kitchen")
async def test_agents_keep_the_seats_that_are_still_there(client: AsyncClient, db: Database) -> None:
    cfo, qa, ceo = [await rows.agent(db, role=role, position_id=f"pos-{at}") for role, at in
                    (("cfo", "cfo"), ("qa-engineer", "qa"), ("ceo", "ceo"))]  # fmt: skip
    crowded = await put(client, seat("ceo"), seat("qa-engineer"), {**seat("cfo"), "max_instances": 1})
    assert crowded.status_code == 200
    held = {one["id"]: one["agent_ids"] for one in crowded.json()["positions"]}
    assert held == {"pos-ceo": [ceo], "pos-qa-engineer": [qa], "pos-cfo": [cfo]}
    await rows.agent(db, role="cfo", name="Bo", position_id="pos-ceo")
    answer = await put(client, seat("ceo", max_instances=1), seat("cfo"))
    assert (refusal(answer), wrong(answer)) == ((400, "org_chart_invalid"), [("over_capacity", "pos-ceo")])
    assert (await put(client, seat("ceo"))).status_code == 200
    assert (await client.get(f"/api/v1/agents/{qa}")).json()["position_id"] == ""


@pytest.mark.usefixtures("kitchen")
async def test_a_template_is_saved_applied_and_made_the_default(client: AsyncClient, db: Database) -> None:
    qa = await rows.agent(db, role="qa-engineer", position_id="pos-qa")
    ceo = await rows.agent(db, role="ceo", position_id="pos-ceo")
    lean = (await client.post(TEMPLATES, json={"name": "Lean", "positions": [seat("ceo", max_instances=1)]})).json()
    assert refusal(await client.post(TEMPLATES, json={"name": "lean", "project_id": "kitchen"})) == (
        409, "template_exists",
    )  # fmt: skip
    assert refusal(await client.post(TEMPLATES, json={"name": "Ring", "positions": [seat("a", "pos-a")]})) == (
        400, "org_chart_invalid",
    )  # fmt: skip
    applied = (await client.post(f"{CHART}/apply", json={"template_id": lean["id"]})).json()
    assert (applied["parent_id"], [one["agent_ids"] for one in applied["positions"]]) == (lean["id"], [[ceo]])
    assert (await client.get(f"/api/v1/agents/{qa}")).json()["position_id"] == ""
    same = (await client.post(TEMPLATES, json={"name": "As it is", "project_id": "kitchen"})).json()
    assert [one["role_name"] for one in same["positions"]] == ["ceo"]
    chosen = await client.put(f"{TEMPLATES}/{lean['id']}", json={"is_default": True, "description": "Few."})
    assert (chosen.json()["is_default"], chosen.json()["description"]) == (True, "Few.")
    listed = (await client.get(TEMPLATES)).json()
    assert [(one["name"], one["is_default"]) for one in listed] == [
        ("Standard", False), ("As it is", False), ("Lean", True),
    ]  # fmt: skip
    await rows.project(db, "garden")
    assert len((await client.get("/api/v1/org-charts/garden")).json()["positions"]) == 1
    assert (await client.put(f"{TEMPLATES}/standard", json={"is_default": True})).json()["is_default"] is True
    assert [one["is_default"] for one in (await client.get(TEMPLATES)).json()] == [True, False, False]
    for answer in (
        await client.put(f"{TEMPLATES}/standard", json={"name": "Mine"}),
        await client.delete(f"{TEMPLATES}/standard"),
    ):
        assert refusal(answer) == (409, "template_shipped")
    assert (await client.delete(f"{TEMPLATES}/{lean['id']}")).status_code == 204
    assert refusal(await client.post(f"{CHART}/apply", json={"template_id": lean["id"]})) == (404, "template_not_found")


@pytest.mark.usefixtures("kitchen")
async def test_only_who_sees_the_project_changes_or_copies_its_chart(app: FastAPI) -> None:
    async with signed_in(app, "user") as http:
        for answer in (
            await http.get(CHART), await put(http, seat("chef")),
            await http.post(TEMPLATES, json={"name": "Theirs", "project_id": "kitchen"}),
        ):  # fmt: skip
            assert refusal(answer) == (404, "project_not_found")


@st.composite
def charts(draw: st.DrawFn) -> Sequence[Seat]:
    """Any number of positions, each reporting to one of them, to itself, to nobody or to somebody unknown."""
    ids = [f"p{number}" for number in range(draw(st.integers(1, 8)))]
    return [Seat(one, "role", draw(st.sampled_from(["", "nobody", *ids]))) for one in ids]


@given(charts())
def test_a_sound_chart_leads_everybody_to_a_top(seats: Sequence[Seat]) -> None:
    above = {one.id: one.reports_to for one in seats}
    found = {fault.code for fault in faults(seats)}
    assert ("unknown_superior" in found) == ("nobody" in above.values())

    def ends(at: str) -> bool:
        for _ in seats:
            at = above.get(at, "")
        return at not in above

    assert ("cycle" in found) == (not all(ends(one.id) for one in seats))
    if not found:
        ordered = [one.id for one in top_down(seats)]
        assert sorted(ordered) == sorted(above)
        assert all(not above[one] or ordered.index(above[one]) < at for at, one in enumerate(ordered))
