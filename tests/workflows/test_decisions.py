"""Questions to people: the run waits, the answer reaches the next run, and silence ends in the default."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.decisions import service as decisions
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now, rfc3339
from loom_app.runs.models import RunStatus
from tests.support.git_repository import shown, subjects
from tests.support.workshop import PROJECT, Workshop, acts, done, until, write

ASK = {"type": "ask_followup", "question": "Shall salt go in?"}
ESCALATE = {"type": "escalate_ceo", "reason": "The recipe contradicts itself."}


async def test_a_question_is_answered_and_the_work_goes_on_from_where_it_stood(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Finish the dough")
    await workshop.say(
        bead_id,
        acts(write("dough.txt", "flour, water\n"), ASK),
        acts({"type": "read_file", "path": "dough.txt"}),
        acts(write("dough.txt", "flour, water, salt\n"), done("With salt.")),
    )
    async with workshop.run_worker():
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
        (asking,) = await workshop.until_ended(bead_id)
        assert asking.status == RunStatus.WAITING
        assert subjects(workshop.origin) == ["The recipe so far"]
        decision = await _only_decision(workshop, bead_id)
        assert (decision["status"], decision["question"]) == ("open", "Shall salt go in?")
        await _decide(workshop, decision["id"], decision="Yes, 10 g.")
        await workshop.until_bead(bead_id)
        handle = (await workshop.temporal()).get_workflow_handle(decision["id"])
        assert await handle.result() == "decided"
    _, resumed = await workshop.runs(bead_id)
    told = await workshop.detail(resumed.id)
    assert "Shall salt go in?" in told["turns"][0]["prompt"]
    assert "Yes, 10 g." in told["turns"][0]["prompt"]
    assert "Its changes are in your worktree" in told["turns"][0]["prompt"]
    assert "flour, water" in told["turns"][1]["prompt"]
    assert shown(workshop.origin, "dough.txt") == "flour, water, salt\n"
    assert subjects(workshop.origin)[1:] == ["Finish the dough"]


async def test_only_the_first_answer_counts(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Finish the dough")
    await workshop.say(bead_id, acts(ASK))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
    decision = await _only_decision(workshop, bead_id)
    await _decide(workshop, decision["id"], decision="Yes.")
    again = await workshop.http.post(f"/api/v1/decisions/{decision['id']}/decide", json={"decision": "No."})
    assert again.status_code == 409
    assert again.json()["code"] == "already_decided"
    assert (await workshop.read(bead_id)).status == BeadStatus.OPEN


async def test_a_denied_escalation_stays_blocked_and_an_approved_one_goes_on(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    denied, approved = await workshop.bead("Rye bread"), await workshop.bead("Wheat bread")
    await workshop.say(denied, acts(ESCALATE))
    await workshop.say(approved, acts(ESCALATE), acts(done("Settled.")))
    async with workshop.run_worker():
        for bead_id, answer in ((denied, "deny"), (approved, "approve")):
            await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
            decision = await _only_decision(workshop, bead_id)
            assert decision["kind"] == "escalation"
            await _decide(workshop, decision["id"], decision=answer, rationale="I looked at it.")
        await workshop.until_bead(approved)
    left = await workshop.read(denied)
    assert left.status == BeadStatus.BLOCKED
    assert left.status_reason.startswith("Denied: I looked at it.")
    _, resumed = await workshop.runs(approved)
    assert "I looked at it." in (await workshop.detail(resumed.id))["turns"][0]["prompt"]


async def test_a_question_nobody_answers_ends_in_its_default(workshop: Workshop) -> None:
    bead_id = await workshop.bead("Finish the dough")
    async with workshop.run_worker():
        async with workshop.db.write() as tx:
            bead = await beads.set_status(tx, bead_id, BeadStatus.BLOCKED, actor=SYSTEM, reason="Waits.")
            asked = await decisions.open_decision(
                tx, kind="question", bead=bead, question="Salt?", requester_id="somebody",
                deadline=now() + timedelta(seconds=1.5),
            )  # fmt: skip
        bead = await workshop.until_bead(bead_id, BeadStatus.OPEN)
        temporal = await workshop.temporal()

        async def over() -> bool:
            described = await temporal.get_workflow_handle(asked.id).describe()
            return described.status == WorkflowExecutionStatus.COMPLETED

        await until(over)
    decision = await _only_decision(workshop, bead_id)
    assert decision["status"] == "expired"
    assert decision["decision"] == asked.default_option
    assert bead.context["decisions"][0]["question"] == "Salt?"


async def test_a_decision_made_while_the_worker_was_away_is_not_lost(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Finish the dough")
    await workshop.say(bead_id, acts(ASK), acts(done("With salt.")))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
    decision = await _only_decision(workshop, bead_id)
    await _decide(workshop, decision["id"], decision="Yes.")
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
        assert await (await workshop.temporal()).get_workflow_handle(decision["id"]).result() == "decided"


async def test_a_deadline_brought_forward_is_followed(workshop: Workshop) -> None:
    async with workshop.run_worker():
        asked = (
            await workshop.http.post("/api/v1/decisions", json={"project_id": PROJECT, "question": "Salt?"})
        ).json()
        temporal = await workshop.temporal()

        async def waits() -> bool:
            try:
                await temporal.get_workflow_handle(asked["id"]).describe()
            except RPCError:
                return False
            return True

        await until(waits)
        soon = {"deadline": rfc3339(now() + timedelta(seconds=1))}
        assert (await workshop.http.patch(f"/api/v1/decisions/{asked['id']}", json=soon)).status_code == 200
        assert await temporal.get_workflow_handle(asked["id"]).result() == "expired"
    shown = (await workshop.http.get(f"/api/v1/decisions/{asked['id']}")).json()
    assert (shown["status"], shown["decision"]) == ("expired", asked["default_option"])


async def test_a_decision_maker_answers_what_the_rules_leave_to_it(workshop: Workshop) -> None:
    (judge,) = await workshop.staff("decision-maker")
    rules = {"risks": ["low"], "kinds": ["question"], "per_day": 5}
    assert (await workshop.http.put(f"/api/v1/projects/{PROJECT}/decision-rules", json=rules)).status_code == 200
    ask = {"project_id": PROJECT, "question": "Salt?", "risk": "low", "options": ["Yes", "No"], "recommendation": "Yes"}
    asked = (await workshop.http.post("/api/v1/decisions", json=ask)).json()
    assert asked["assigned_to"] == judge
    await workshop.say(asked["answer_bead"], acts({"type": "decide", "decision": "yes", "rationale": "It is bread."}))
    async with workshop.run_worker():
        await workshop.until_bead(asked["answer_bead"])
        (run,) = await workshop.until_ended(asked["answer_bead"])
    shown = (await workshop.http.get(f"/api/v1/decisions/{asked['id']}")).json()
    assert (shown["status"], shown["decision"], shown["decider_id"]) == ("decided", "Yes", judge)
    assert (shown["rationale"], run.status) == ("It is bread.", RunStatus.FINISHED)


async def test_a_bead_that_needs_a_person_becomes_a_question(workshop: Workshop) -> None:
    bead_id = await workshop.bead("Fetch the flour")
    change = {"status": "blocked", "reason": "Needs a person: the key of the cellar."}
    async with workshop.run_worker():
        assert (await workshop.http.patch(f"/api/v1/beads/{bead_id}", json=change)).status_code == 200

        async def asked() -> Any:
            return (await workshop.http.get("/api/v1/decisions", params={"bead_id": bead_id})).json()

        (decision,) = await until(asked)
    assert (decision["kind"], decision["question"]) == ("blocked", change["reason"])


async def _only_decision(workshop: Workshop, bead_id: str) -> dict[str, Any]:
    (found,) = (await workshop.http.get("/api/v1/decisions", params={"bead_id": bead_id})).json()
    decision: dict[str, Any] = found
    return decision


async def _decide(workshop: Workshop, decision_id: str, **answer: str) -> None:
    answered = await workshop.http.post(f"/api/v1/decisions/{decision_id}/decide", json=answer)
    assert answered.status_code == 200, answered.text
