"""People steer a run that is on, through the REST interface, with the worker up, down and killed."""

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.kernel.actor import Actor
from loom_app.runs.models import Run, RunStatus, TerminalReason
from tests.support.git_repository import shown
from tests.support.workshop import Workshop, acts, done, until, write

PERSON = Actor("user", "user-1", "Ada", frozenset({"*:*"}))
SLOW = {**acts(write("dough.txt", "flour\n")), "delay": 1}


async def steer(workshop: Workshop, run: Run, wish: str, status: int = 200, **body: str) -> None:
    """What a person asks over the REST interface."""
    answer = await workshop.http.post(f"/api/v1/runs/{run.id}/{wish}", json=body or None)
    assert answer.status_code == status, answer.text


async def begun(workshop: Workshop, bead_id: str) -> Run:
    """The bead's run once its model is being asked."""

    async def asked() -> Run | None:
        runs = await workshop.runs(bead_id)
        turns = (await workshop.detail(runs[-1].id))["turns"] if runs else []
        return runs[-1] if turns and turns[0]["asked_at"] else None

    return await until(asked)


async def resting(workshop: Workshop, bead_id: str) -> Run:
    """The bead's run once it rests."""

    async def rests() -> Run | None:
        (run,) = await workshop.runs(bead_id)
        return run if run.paused_at else None

    return await until(rests)


async def test_a_run_is_paused_spoken_to_and_goes_on_over_a_restart_of_the_worker(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, SLOW, acts(write("flour.txt", "450 g\n"), done()))
    async with workshop.run_worker():
        run = await begun(workshop, bead_id)
        await steer(workshop, run, "pause")
        run = await resting(workshop, bead_id)
        assert run.turn_count == 1
        asked = len(workshop.model.log())
        await steer(workshop, run, "nudge", 201, text="450 g is plenty.")
    await steer(workshop, run, "resume")
    assert len(workshop.model.log()) == asked
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    (run,) = await workshop.runs(bead_id)
    assert (run.status, run.turn_count) == (RunStatus.FINISHED, 2)
    assert shown(workshop.origin, "flour.txt") == "450 g\n"
    told = await workshop.detail(run.id)
    assert ["450 g is plenty." in turn["prompt"] for turn in told["turns"]] == [False, True]
    assert [nudge["heard_turn"] for nudge in told["nudges"]] == [2]


async def test_a_run_that_rests_is_woken_to_end(workshop: Workshop) -> None:
    """By a stop, by being taken over, and by its bead being moved."""
    await workshop.staff("qa-engineer", "qa-engineer", "qa-engineer")
    stopped, taken, moved = [await workshop.bead(title) for title in ("Knead", "Proof", "Bake")]
    for bead_id in (stopped, taken, moved):
        await workshop.say(bead_id, SLOW, acts(done()))
    async with workshop.run_worker():
        runs = {}
        for bead_id in (stopped, taken, moved):
            runs[bead_id] = await begun(workshop, bead_id)
            await steer(workshop, runs[bead_id], "pause")
        for bead_id in runs:
            await resting(workshop, bead_id)
        await steer(workshop, runs[stopped], "cancel")
        await steer(workshop, runs[taken], "take-over")
        async with workshop.db.write() as tx:
            await beads.set_status(tx, moved, BeadStatus.DONE, actor=PERSON, reason="Baked.")
        ended = {bead_id: (await workshop.until_ended(bead_id, seconds=15))[0] for bead_id in runs}
        assert ended[stopped].terminal_reason == ended[moved].terminal_reason == TerminalReason.CANCELLED
        assert ended[taken].terminal_reason == TerminalReason.TAKEN_OVER
        assert "+flour" in ended[taken].diff
        assert (await workshop.read(taken)).status == BeadStatus.IN_PROGRESS
        await workshop.say(taken, acts(done("It has risen.")))
        await steer(workshop, runs[taken], "give-back", note="It has risen.")
        await workshop.until_bead(taken)
    assert shown(workshop.origin, "dough.txt") == "flour\n"
