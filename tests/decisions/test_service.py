"""A question is asked with a risk, a deadline and a default, and answered once; then its bead goes on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from loom_app.beads.models import Bead
from loom_app.decisions import effects, service
from loom_app.decisions.models import Decision
from loom_app.events.repository import newest
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import Actor, agent_actor
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.support import rows

ALICE = Actor("user", "user-1", "alice", frozenset())


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)


async def ask(db: Database, kind: str = "escalation", bead_id: str = "kitchen-1", **more: Any) -> str:
    async with db.write() as tx:
        bead = await tx.get(Bead, bead_id)
        assert bead
        given = {"question": "May I buy a scale?", "requester_id": "agent-1", **more}
        return (await service.open_decision(tx, kind=kind, bead=bead, **given)).id


async def answer(db: Database, decision_id: str, decision: str, rationale: str = "So be it.", **more: Any) -> Decision:
    async with db.write() as tx:
        return await service.decide(
            tx, decision_id, decision=decision, rationale=rationale, **{"decider": ALICE, **more}
        )


async def look(db: Database, bead_id: str = "kitchen-1") -> Bead:
    async with db.read() as tx:
        bead = await tx.get(Bead, bead_id)
    assert bead
    return bead


async def told(db: Database) -> list[tuple[str, dict[str, Any]]]:
    async with db.read() as tx:
        found = await newest(tx, EVERYTHING, limit=50, project_id="kitchen", types=None, subject_id=None, before=None)
    return [(event.type, event.data) for event in reversed(found)]


async def test_an_escalation_has_options_risk_deadline_and_a_safe_default(db: Database) -> None:
    decision_id = await ask(db, run_id="run-1", returned_to="qa-engineer")
    async with db.read() as tx:
        found = await service.get(tx, decision_id)
        [(waiting_id, seconds)] = await service.waiting(tx)
    assert decision_id.startswith("bd-dec-")
    assert (found.title, found.question) == ("Escalation: Weigh the flour", "May I buy a scale?")
    assert found.options == ["approve", "deny", "needs_more_info"]
    assert (found.risk, found.default_option, found.status) == ("medium", "deny", "open")
    assert timedelta(hours=47, minutes=59) < found.deadline - now() <= timedelta(hours=48)
    assert waiting_id == decision_id
    assert 48 * 3600 - 60 < seconds <= 48 * 3600
    [(type_, data)] = await told(db)
    assert (type_, data["decision_id"], data["bead_id"]) == ("decision.created", decision_id, "kitchen-1")


async def test_a_question_goes_on_by_default(db: Database) -> None:
    decision_id = await ask(db, "question")
    async with db.read() as tx:
        found = await service.get(tx, decision_id)
    assert found.options == []
    assert "Nobody answered in time" in found.default_option


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": "vote"}, "'vote' is no kind"),
        ({"risk": "huge"}, "'huge' is no risk"),
        ({"question": " "}, "needs a question"),
        ({"deadline": now() - timedelta(seconds=1)}, "has passed"),
        ({"default_option": "maybe"}, "'maybe' is no default_option"),
    ],
)
async def test_what_cannot_be_asked(db: Database, more: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await ask(db, **more)
    assert not await told(db)


async def test_own_options_take_the_last_as_default_unless_deny_is_there(db: Database) -> None:
    asked = [await ask(db, options=options) for options in (["ship", "wait"], ["deny", "ship"])]
    async with db.read() as tx:
        plain, careful = [await service.get(tx, decision_id) for decision_id in asked]
    assert (plain.default_option, careful.default_option) == ("wait", "deny")


@pytest.mark.parametrize("decision", ["approve", "needs_more_info", " Approve ", "approved", "needs more info"])
async def test_an_answer_reopens_the_bead_and_tells_the_next_run(db: Database, decision: str) -> None:
    await tire(db)
    decided = await answer(db, await ask(db), decision, " Take the cheap one. ")
    bead = await look(db)
    assert (bead.status, bead.hops, bead.not_before) == ("open", 0, None)
    assert bead.status_reason == f"Answered: {decided.decision}"
    assert decided.decision in ("approve", "needs_more_info")
    assert bead.context["decisions"] == [
        {"id": decided.id, "question": "May I buy a scale?", "decision": decided.decision,
         "rationale": "Take the cheap one."}
    ]  # fmt: skip
    types = [type_ for type_, _ in await told(db)]
    assert types.count("decision.resolved") == types.count("bead.status_change") == 1


async def tire(db: Database) -> None:
    """The bead has been given out often and rests."""
    async with db.write() as tx:
        await tx.execute(update(Bead).values({col(Bead.hops): 20, col(Bead.not_before): ahead(600)}))


async def test_denied_escalation_leaves_the_bead_blocked_with_the_reason(db: Database) -> None:
    decided = await answer(db, await ask(db), "deny", "Too dear.")
    bead = await look(db)
    assert bead.status == "blocked"
    assert bead.status_reason == "Denied: Too dear. Move the bead to Open to have it taken up all the same."
    assert bead.context["decisions"][0]["id"] == decided.id


async def test_resolved_event_carries_the_answer(db: Database) -> None:
    decision_id = await ask(db, returned_to="qa-engineer")
    await answer(db, decision_id, "approve", "Fine.")
    data = next(data for type_, data in await told(db) if type_ == "decision.resolved")
    wanted = {"decision_id": decision_id, "decision": "approve", "rationale": "Fine.", "bead_id": "kitchen-1"}
    assert {**data, **wanted, "returned_to": "qa-engineer", "status": "decided"} == data


async def test_question_takes_any_words_and_needs_no_rationale(db: Database) -> None:
    decision_id = await ask(db, "question", options=["metric", "imperial"])
    decided = await answer(db, decision_id, "Neither: cups.", "")
    assert (decided.decision, decided.rationale) == ("Neither: cups.", "")
    assert (await look(db)).status == "open"


@pytest.mark.parametrize(
    ("kind", "decision", "rationale", "code"),
    [
        ("escalation", "perhaps", "why not", "decision_unknown"),
        ("escalation", "approve", "  ", "rationale_missing"),
        ("escalation", "", "why not", "decision_empty"),
        ("question", " \n", "", "decision_empty"),
        ("question", "x" * 10_001, "", "answer_too_long"),
        ("question", "x", "y" * 10_001, "answer_too_long"),
    ],
)
async def test_refused_answers_leave_it_open(db: Database, kind: str, decision: str, rationale: str, code: str) -> None:
    decision_id = await ask(db, kind)
    with pytest.raises(Invalid) as refused:
        await answer(db, decision_id, decision, rationale)
    assert refused.value.code == code
    async with db.read() as tx:
        assert (await service.get(tx, decision_id)).status == "open"
    assert (await look(db)).status == "blocked"


async def test_a_second_answer_learns_who_said_what_and_when(db: Database) -> None:
    bo = await rows.agent(db, name="Bo")
    decision_id = await ask(db, assigned_to=bo)
    first = await answer(db, decision_id, "approve", decider=agent_actor(bo, "Bo", "kitchen"))
    with pytest.raises(Conflict, match="decided already: Bo said 'approve' at 20") as refused:
        await answer(db, decision_id, "deny")
    assert refused.value.code == "already_decided"
    assert refused.value.extra["decider_id"] == first.decider_id
    assert (await look(db)).status == "open"


async def test_of_many_answers_at_once_one_counts(db: Database) -> None:
    decision_id = await ask(db)
    said = ["approve", "deny", "needs_more_info"] * 3
    outcomes = await asyncio.gather(*(answer(db, decision_id, word) for word in said), return_exceptions=True)
    winners = [outcome for outcome in outcomes if isinstance(outcome, Decision)]
    assert len(winners) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 8
    assert len((await look(db)).context["decisions"]) == 1
    assert [type_ for type_, _ in await told(db)].count("decision.resolved") == 1


async def test_an_agent_does_not_answer_itself(db: Database) -> None:
    decision_id = await ask(db)
    with pytest.raises(Forbidden, match="Whoever asks does not answer"):
        await answer(db, decision_id, "approve", decider=agent_actor("agent-1", "Ada", "kitchen"))


async def test_answers_can_be_passed_on_for_those_there_are(db: Database) -> None:
    decision_id, agent_id = await ask(db), await rows.agent(db)
    with pytest.raises(Invalid, match="'user-x' is neither a user nor an agent"):
        await answer(db, decision_id, "approve", on_behalf_of="user-x")
    assert (await answer(db, decision_id, "approve", on_behalf_of=agent_id)).decider_id == agent_id


async def test_the_bead_waits_for_its_last_question(db: Database) -> None:
    first, second = await ask(db), await ask(db, "question")
    await answer(db, first, "approve")
    assert (await look(db)).status == "blocked"
    await answer(db, second, "Two grams.")
    bead = await look(db)
    assert bead.status == "open"
    assert len(bead.context["decisions"]) == 2


@pytest.mark.parametrize("status", ["open", "in_progress", "done"])
async def test_a_bead_that_moved_on_stays_where_it_is(db: Database, status: str) -> None:
    await rows.bead(db, "kitchen-2", status, context={"decisions": "not a list", "kept": 1})
    await answer(db, await ask(db, bead_id="kitchen-2"), "approve")
    bead = await look(db, "kitchen-2")
    assert bead.status == status
    assert bead.context["kept"] == 1
    assert len(bead.context["decisions"]) == 1


async def test_a_bead_that_is_gone_is_no_obstacle(db: Database) -> None:
    decision_id = await ask(db)
    async with db.write() as tx:
        await tx.delete(await tx.get(Bead, "kitchen-1"))
    assert (await answer(db, decision_id, "approve")).decision == "approve"


async def test_context_keeps_the_last_answers_only(db: Database) -> None:
    for number in range(effects.KEPT + 2):
        await answer(db, await ask(db, "question"), f"answer {number}")
    kept = (await look(db)).context["decisions"]
    assert [entry["decision"] for entry in kept] == [f"answer {number}" for number in range(2, effects.KEPT + 2)]


async def pass_deadline(db: Database, seconds: float = 1) -> None:
    async with db.write() as tx:
        await tx.execute(update(Decision).values({col(Decision.deadline): ahead(-seconds)}))


@pytest.mark.parametrize(("kind", "status"), [("escalation", "blocked"), ("question", "open")])
async def test_after_the_deadline_the_default_holds_once(db: Database, kind: str, status: str) -> None:
    decision_id = await ask(db, kind)
    async with db.write() as tx:
        assert not await service.expire(tx, decision_id)
    await pass_deadline(db)
    for expected in (True, False):
        async with db.write() as tx:
            assert await service.expire(tx, decision_id) is expected
    async with db.read() as tx:
        found = await service.get(tx, decision_id)
        assert not await service.waiting(tx)
    assert (found.status, found.decision, found.decider_id) == ("expired", found.default_option, "loom")
    assert (await look(db)).status == status
    with pytest.raises(Conflict, match="the deadline passed and the default said"):
        await answer(db, decision_id, "approve")


async def test_an_answer_before_the_default_is_taken_counts(db: Database) -> None:
    decision_id = await ask(db)
    await pass_deadline(db)
    await answer(db, decision_id, "approve")
    async with db.write() as tx:
        assert not await service.expire(tx, decision_id)


async def test_unknown_decision(db: Database) -> None:
    async with db.write() as tx:
        with pytest.raises(NotFound, match="no decision 'bd-dec-x'"):
            await service.expire(tx, "bd-dec-x")
    with pytest.raises(NotFound):
        await answer(db, "bd-dec-x", "approve")
