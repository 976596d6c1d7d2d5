"""People who stop a run, or take its bead away, and leases that run out."""

from loom_app.agents.models import AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus, Lease
from loom_app.dispatch.service import free_expired
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import ahead
from loom_app.runs.models import RunStatus, TerminalReason
from tests.support.git_repository import subjects
from tests.support.workshop import Workshop, acts, done, until, write

PERSON = Actor("user", "user-1", "Ada", frozenset({"*:*"}))
LONG = acts(write("dough.txt", "flour\n"), {"type": "run_command", "command": "sleep 60"}, done())


async def test_a_cancelled_run_ends_within_seconds_and_its_bead_waits(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Knead for a minute")
    await workshop.say(bead_id, LONG)
    async with workshop.run_worker():
        await _until_command(workshop)
        (run,) = await workshop.runs(bead_id)
        assert (await workshop.http.post(f"/api/v1/runs/{run.id}/cancel")).status_code == 200
        bead = await workshop.until_bead(bead_id, BeadStatus.BLOCKED, seconds=15)
        (ended,) = await workshop.until_ended(bead_id)
        again = await workshop.http.post(f"/api/v1/runs/{run.id}/cancel")
    assert ended.terminal_reason == TerminalReason.CANCELLED
    assert "+flour" in ended.diff
    assert "A person stopped this run" in bead.status_reason
    assert again.status_code == 409
    assert (await workshop.agent(agent_id)).status == AgentStatus.IDLE
    assert subjects(workshop.origin) == ["The recipe so far"]


async def test_a_bead_that_a_person_moves_stays_where_it_was_put(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Knead for a minute")
    await workshop.say(bead_id, LONG)
    async with workshop.run_worker():
        await _until_command(workshop)
        async with workshop.db.write() as tx:
            await beads.set_status(tx, bead_id, BeadStatus.DONE, actor=PERSON, reason="I kneaded it myself.")
        (run,) = await workshop.until_ended(bead_id, seconds=15)
    bead = await workshop.read(bead_id)
    assert (bead.status, bead.close_reason) == (BeadStatus.DONE, "I kneaded it myself.")
    assert run.status == RunStatus.CANCELLED


async def test_a_run_whose_lease_ran_out_is_lost_and_writes_nothing_more(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, {**acts(write("flour.txt", "450 g\n"), done()), "delay": 3})
    async with workshop.run_worker():
        await until(lambda: _asked(workshop))
        async with workshop.db.write() as tx:
            held = await tx.get(Lease, bead_id)
            assert held is not None
            held.expires_at = ahead(-1)
        await until(lambda: _freed(workshop, bead_id))
        lost, *_ = await workshop.until_ended(bead_id)
        assert lost.status == RunStatus.LOST
        await workshop.say(bead_id, acts(write("flour.txt", "400 g\n"), done()))
        await workshop.until_bead(bead_id)
    assert subjects(workshop.origin)[1:] == ["Less flour"]
    assert (await workshop.agent(agent_id)).status == AgentStatus.IDLE
    runs = await workshop.runs(bead_id)
    assert [run.status for run in runs] == [RunStatus.LOST, RunStatus.FINISHED]
    assert runs[1].token > runs[0].token


async def _until_command(workshop: Workshop) -> None:
    async def started() -> bool:
        begun = await workshop.events("run.action_started")
        return any(event["data"]["type"] == "run_command" for event in begun)

    await until(started)


async def _asked(workshop: Workshop) -> bool:
    return bool(workshop.model.log())


async def _freed(workshop: Workshop, bead_id: str) -> bool:
    freed = await free_expired(workshop.db, workshop.settings)
    runs = await workshop.runs(bead_id)
    return bead_id in freed or any(run.status == RunStatus.LOST for run in runs)
