"""People steer a run: it rests, hears what they say once, is taken over and given back, whoever is quicker."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.service import free_expired
from loom_app.events.models import Event
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.runs import evidence, guard, halting, lease, nudges, repository, service, steering
from loom_app.runs.acting import act
from loom_app.runs.ending import Ending, end
from loom_app.runs.models import RunStatus, TerminalReason, Turn
from loom_app.runs.opening import open_run
from tests.runs.stage import Stage, begin_run, set_up
from tests.support.git_repository import git

ADA = Actor("user", "user-ada", "Ada", frozenset({"*:*"}))
GRACE = Actor("user", "user-grace", "Grace", frozenset({"*:*"}))
STRANGER = Actor("user", "user-sam", "Sam", frozenset({"beads:write"}), frozenset())
WRITE = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run in its worktree, before its first turn."""
    return await set_up(db, settings, tmp_path)


async def rests(stage: Stage, number: int = 1) -> bool:
    """Whether the run rests before that turn."""
    return await halting.rests(stage.db, stage.run_id, number)


async def pause(stage: Stage, actor: Actor = ADA) -> None:
    """A person pauses it."""
    async with stage.db.write() as tx:
        await steering.pause(tx, stage.run_id, actor=actor)


async def say(stage: Stage, text: str, actor: Actor = ADA) -> None:
    """A person says something to it."""
    async with stage.db.write() as tx:
        await steering.nudge(tx, stage.run_id, text, actor=actor)


async def take(stage: Stage, actor: Actor = ADA) -> None:
    """A person takes it over, and the worker hears of it."""
    async with stage.db.write() as tx:
        await steering.take_over(tx, stage.run_id, actor=actor)
    await halting.hand_over(stage.db, stage.settings, stage.run_id)


async def begin_turn(stage: Stage, number: int) -> str:
    """Makes a turn's prompt final; the prompt."""
    await halting.begin_turn(stage.db, stage.settings, stage.run_id, number)
    async with stage.db.read() as tx:
        turn = await repository.turn(tx, stage.run_id, number)
    assert turn is not None
    return turn.prompt


async def told(stage: Stage, type_: str) -> int:
    """How many events of the type there are."""
    async with stage.db.read() as tx:
        return len((await tx.execute(select(col(Event.seq)).where(col(Event.type) == type_))).all())


async def test_a_paused_run_rests_before_its_next_turn_and_goes_on_when_it_may(stage: Stage) -> None:
    assert not await rests(stage)
    await pause(stage)
    await pause(stage, GRACE)
    assert (await stage.run()).paused_at is None
    assert await rests(stage)
    assert await rests(stage)
    run = await stage.run()
    assert run.paused_at is not None
    async with stage.db.read() as tx:
        assert await steering.resting(tx, bead_id=stage.bead_id) == [(stage.bead_id, run.token)]
        assert await steering.resting(tx, project_id="kitchen") == [(stage.bead_id, run.token)]
        assert await steering.resting(tx, project_id="other") == []
        assert (await evidence.of_beads(tx, [stage.bead_id]))[stage.bead_id].doing == evidence.RESTING
    assert await told(stage, "run.pause_requested") == await told(stage, "run.paused") == 1
    async with stage.db.write() as tx:
        await steering.resume(tx, stage.run_id, actor=ADA)
    assert not await rests(stage)
    assert (await stage.run()).paused_at is None


async def test_a_turn_that_was_begun_is_finished_first(stage: Stage) -> None:
    await begin_turn(stage, 1)
    await pause(stage)
    assert not await rests(stage, 1)
    assert await act(stage.db, stage.settings, stage.run_id, await stage.reply(WRITE)) == 2
    assert await rests(stage, 2)
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


async def test_a_run_that_rests_keeps_its_bead_without_anybody_looking(stage: Stage) -> None:
    await pause(stage)
    await rests(stage)
    async with stage.db.read() as tx:
        held = await lease.of(tx, stage.bead_id)
    assert held is not None
    assert held.run_id == stage.run_id
    assert (held.expires_at - held.expires_at.now(held.expires_at.tzinfo)).days >= 29
    assert await free_expired(stage.db, stage.settings) == []


async def test_a_run_that_is_to_end_does_not_rest(stage: Stage) -> None:
    await pause(stage)
    async with stage.db.write() as tx:
        await service.cancel(tx, stage.run_id, actor=ADA)
    assert not await rests(stage)
    async with stage.db.read() as tx:
        with pytest.raises(guard.RunStopped, match="stopped"):
            await guard.check(tx, stage.run_id)


async def test_only_what_is_paused_goes_on_and_only_what_is_on_is_steered(stage: Stage) -> None:
    async with stage.db.write() as tx:
        with pytest.raises(Conflict, match="not paused"):
            await steering.resume(tx, stage.run_id, actor=ADA)
        with pytest.raises(NotFound):
            await steering.pause(tx, stage.run_id, actor=STRANGER)
        with pytest.raises(NotFound):
            await steering.give_back(tx, stage.run_id, "", actor=STRANGER)
        with pytest.raises(Conflict, match="nobody's hands"):
            await steering.give_back(tx, stage.run_id, "", actor=ADA)
    await service.end_run(stage.db, stage.settings, stage.run_id, TerminalReason.CANCELLED, "It was stopped.")
    async with stage.db.write() as tx:
        for wish in (steering.pause, steering.resume, steering.take_over):
            with pytest.raises(Conflict, match="over already: It was stopped"):
                await wish(tx, stage.run_id, actor=ADA)
        with pytest.raises(Conflict, match="over already"):
            await steering.nudge(tx, stage.run_id, "Hello", actor=ADA)


async def test_what_a_person_says_is_heard_once_in_the_next_turn(stage: Stage) -> None:
    first = await begin_turn(stage, 1)
    await say(stage, "Mind the salt.")
    await say(stage, "And the yeast.", GRACE)
    assert await begin_turn(stage, 1) == first
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(WRITE))
    prompt = await begin_turn(stage, 2)
    assert (
        prompt.index("write_file")
        < prompt.index("A message from Ada")
        < prompt.index("Mind the salt.")
        < prompt.index("And the yeast.")
    )
    assert "A message from Grace" in prompt
    assert await begin_turn(stage, 2) == prompt
    await act(stage.db, stage.settings, stage.run_id, await stage.reply({**WRITE, "content": "400 g\n"}))
    assert "Mind the salt" not in await begin_turn(stage, 3)
    async with stage.db.read() as tx:
        first_turn = await tx.get_one(Turn, (stage.run_id, 1))
        assert ["Mind the salt." in said for said in first_turn.gist["said"]] == [True, False]
        said = await nudges.of_run(tx, await stage.run())
    assert [(each.author, each.heard_turn) for each in said] == [("user-ada", 2), ("user-grace", 2)]


async def test_what_was_said_to_a_run_that_paused_is_heard_when_it_goes_on(stage: Stage) -> None:
    await pause(stage)
    await rests(stage)
    await say(stage, "Less salt.")
    async with stage.db.write() as tx:
        await steering.resume(tx, stage.run_id, actor=ADA)
    assert "Less salt." in await begin_turn(stage, 1)


async def test_what_a_lost_run_never_answered_is_heard_by_the_next(stage: Stage) -> None:
    await say(stage, "Less salt.")
    await begin_turn(stage, 1)
    async with stage.db.write() as tx:
        run = await guard.held(tx, stage.run_id, 30)
        await end(tx, run, Ending(TerminalReason.LEASE_LOST, "It was lost."), stage.settings)
        (await tx.get_one(type(await stage.bead()), stage.bead_id)).not_before = None
    stage.run_id = await begin_run(stage)
    await open_run(stage.db, stage.settings, stage.run_id)
    assert "Less salt." in await begin_turn(stage, 1)
    async with stage.db.read() as tx:
        assert await nudges.waiting(tx, stage.bead_id) == []


async def test_no_more_than_twenty_messages_wait(stage: Stage) -> None:
    for number in range(steering.MOST_WAITING):
        await say(stage, f"Message {number}")
    with pytest.raises(Conflict, match="wait for this run"):
        await say(stage, "One more")


async def test_a_run_is_taken_over_with_everything_it_changed(stage: Stage) -> None:
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(WRITE))
    await take(stage)
    await halting.hand_over(stage.db, stage.settings, stage.run_id)
    run, bead = await stage.run(), await stage.bead()
    assert (run.status, run.terminal_reason) == (RunStatus.WAITING, TerminalReason.TAKEN_OVER)
    assert run.branch in run.message
    assert "+450 g" in run.diff
    assert (bead.status, bead.assigned_to) == (BeadStatus.IN_PROGRESS, ADA.id)
    assert not stage.folder.exists()
    copy = stage.settings.data_dir / "projects" / "kitchen" / "repo"
    assert "450 g" in git(copy, "show", f"{run.branch}:flour.txt")
    async with stage.db.read() as tx:
        assert await lease.of(tx, stage.bead_id) is None
        assert (await tx.get_one(Agent, run.agent_id)).status == AgentStatus.IDLE
    assert await free_expired(stage.db, stage.settings) == []


async def test_what_was_given_back_is_gone_on_with(stage: Stage) -> None:
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(WRITE))
    await take(stage)
    async with stage.db.write() as tx:
        await steering.give_back(tx, stage.run_id, "I have weighed it: 450 is right.", actor=ADA)
    bead = await stage.bead()
    assert (bead.status, bead.assigned_to) == (BeadStatus.OPEN, "")
    async with stage.db.write() as tx:
        with pytest.raises(Conflict, match="nobody's hands"):
            await steering.give_back(tx, stage.run_id, "", actor=GRACE)
    stage.run_id = await begin_run(stage)
    await open_run(stage.db, stage.settings, stage.run_id)
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"
    prompt = await begin_turn(stage, 1)
    assert "450 is right" in prompt
    assert "Its changes are in your worktree" in prompt


async def test_of_two_who_take_it_over_at_once_one_has_it(stage: Stage) -> None:
    async def take_it(actor: Actor) -> bool:
        try:
            async with stage.db.write() as tx:
                await steering.take_over(tx, stage.run_id, actor=actor)
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(take_it(ADA), take_it(GRACE))) == [False, True]
    async with stage.db.write() as tx:
        with pytest.raises(Conflict, match="taken over"):
            await service.cancel(tx, stage.run_id, actor=ADA)
    await halting.hand_over(stage.db, stage.settings, stage.run_id)
    assert (await stage.bead()).assigned_to == (await stage.run()).taken_by


async def test_a_bead_that_was_moved_meanwhile_stays_where_it_is(stage: Stage) -> None:
    await pause(stage)
    await rests(stage)
    async with stage.db.write() as tx:
        await beads.set_status(tx, stage.bead_id, BeadStatus.DONE, actor=GRACE, reason="I did it.")
    assert not await rests(stage)
    await take(stage)
    assert (await stage.bead()).status == BeadStatus.DONE


async def test_turns_that_were_begun_say_when(stage: Stage) -> None:
    await begin_turn(stage, 1)
    async with stage.db.read() as tx:
        turn = await tx.get_one(Turn, (stage.run_id, 1))
    assert turn.asked_at is not None
