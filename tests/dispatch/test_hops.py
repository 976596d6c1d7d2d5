"""No bead goes round for ever: rests that grow, a most number of runs, then people, once."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Dispatch, Settings
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision
from loom_app.dispatch.service import dispatch
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.runs import lease
from loom_app.runs.ending import Ending, Question, end, rest_after
from loom_app.runs.models import Run, TerminalReason
from tests.support import rows
from tests.support.databases import beside

WAYS = ("failed", "lost", "reopened", "asked")


@pytest.fixture
async def bead_id(db: Database) -> str:
    """An open bead in a project with one idle agent."""
    await rows.project(db)
    await rows.provider(db)
    await rows.agent(db)
    return await rows.bead(db, status=BeadStatus.OPEN)


async def gone_wrong(db: Database, settings: Settings, run_id: str, way: str) -> None:
    """Ends a run in a way that needs no person and leaves the bead to be given out again."""
    async with db.write() as tx:
        run = await tx.get_one(Run, run_id)
        run.status = "running"
        await lease.renew(tx, run.bead_id, run.token, 30)
        if way == "lost":
            await end(tx, run, Ending(TerminalReason.LEASE_LOST, "It went away."), settings)
        elif way == "failed":
            await end(tx, run, Ending(TerminalReason.MAX_TURNS, "It took all of its turns."), settings)
        elif way == "reopened":
            await end(tx, run, Ending(TerminalReason.COMPLETED, "It says it is done."), settings)
            agent = agent_actor("agent-x", "Another", run.project_id)
            await beads.set_status(tx, run.bead_id, BeadStatus.OPEN, actor=agent, reason="It is not.")
        else:
            question = Question("question", "How much flour?")
            asked = await end(tx, run, Ending(TerminalReason.ESCALATED, "It asks.", question=question), settings)
            await tx.execute(update(Decision).where(col(Decision.id) == asked).values(deadline=ahead(-1)))
            await decisions.expire(tx, asked)


async def no_rest(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(update(Bead).values({col(Bead.not_before): None}))


async def counted(db: Database) -> tuple[int, int]:
    """How many runs there were and how many questions wait."""
    async with db.read() as tx:
        runs = (await tx.execute(select(func.count()).select_from(Run))).scalar_one()
        waiting = select(func.count()).select_from(Decision).where(col(Decision.status) == "open")
        return runs, (await tx.execute(waiting)).scalar_one()


async def test_a_bead_is_given_out_twenty_times_at_the_most_and_people_are_asked_once(
    db: Database, settings: Settings, bead_id: str
) -> None:
    """However often dispatch comes round and whatever goes wrong, without a person nothing begins afresh."""
    for number in range(260):
        for run_id in (await dispatch(db, settings)).claimed:
            await gone_wrong(db, settings, run_id, WAYS[number % len(WAYS)])
        await no_rest(db)
    assert await counted(db) == (20, 1)
    async with db.read() as tx:
        bead = await beads.get(tx, bead_id)
        asked = (await tx.execute(select(Decision).where(col(Decision.status) == "open"))).scalars().one()
    assert (bead.status, bead.hops) == (BeadStatus.BLOCKED, 20)
    assert (asked.kind, asked.risk, asked.default_option) == ("escalation", "high", "deny")
    assert "was given to agents 20 times and is not done" in asked.question


async def test_dispatchers_at_the_same_moment_ask_once(
    db: Database, vault: Vault, settings: Settings, bead_id: str
) -> None:
    await rows.agent(db)
    async with db.write() as tx:
        await tx.execute(update(Bead).values({col(Bead.hops): 20}))
    other = beside(db, vault)
    rounds = await asyncio.gather(*(dispatch(at, settings) for at in (db, other, db, other)))
    assert [bead for done in rounds for bead in done.asked] == [bead_id]
    assert await counted(db) == (0, 1)
    await other.dispose()


async def test_silence_leaves_it_there_and_a_persons_yes_begins_afresh(
    client: AsyncClient, db: Database, settings: Settings, bead_id: str
) -> None:
    async def asked() -> str:
        async with db.write() as tx:
            await tx.execute(update(Bead).values({col(Bead.hops): 20, col(Bead.status): BeadStatus.OPEN}))
        assert (await dispatch(db, settings)).asked == [bead_id]
        async with db.read() as tx:
            return (await tx.execute(select(col(Decision.id)).where(col(Decision.status) == "open"))).scalar_one()

    first = await asked()
    async with db.write() as tx:
        await tx.execute(update(Decision).values(deadline=ahead(-1)))
        assert await decisions.expire(tx, first)
    assert (await dispatch(db, settings)).claimed == []
    second = await asked()
    body = {"decision": "approve", "rationale": "Once more."}
    assert (await client.post(f"/api/v1/decisions/{second}/decide", json=body)).status_code == 200
    assert len((await dispatch(db, settings)).claimed) == 1
    async with db.read() as tx:
        assert (await beads.get(tx, bead_id)).hops == 1


async def test_rests_grow_are_bounded_and_try_now_ends_them(
    client: AsyncClient, db: Database, settings: Settings, bead_id: str
) -> None:
    of = settings.model_copy(update={"dispatch": Dispatch(retry_seconds=100, retry_most_seconds=700)})
    rests = []
    for _ in range(5):
        (run_id,) = (await dispatch(db, of)).claimed
        await gone_wrong(db, of, run_id, "failed")
        async with db.read() as tx:
            until = (await beads.get(tx, bead_id)).not_before
        assert until is not None
        rests.append(round((until - now()) / timedelta(seconds=1), -1))
        assert (await dispatch(db, of)).claimed == []
        if len(rests) < 5:
            await no_rest(db)
    assert rests == [100, 200, 400, 700, 700]
    shown = (await client.post(f"/api/v1/beads/{bead_id}/redispatch", json={"reason": "Try now."})).json()
    assert (shown["not_before"], shown["hops"]) == (None, 0)
    assert len((await dispatch(db, of)).claimed) == 1


@given(hops=st.integers(0, 10**6), base=st.floats(0, 10**6), most=st.floats(0, 10**6), lost=st.booleans())
def test_rests_are_never_shorter_after_more_failures_nor_longer_than_the_longest(
    hops: int, base: float, most: float, lost: bool
) -> None:
    of = Dispatch(retry_seconds=base, retry_most_seconds=most)
    rests = [rest_after(times, of, lost=lost) for times in (hops, hops + 1, hops + 2)]
    assert 0 <= rests[0] <= rests[1] <= rests[2] <= most


def test_a_bead_whose_worker_died_goes_on_at_once_for_the_first_few_times() -> None:
    of = Dispatch(retry_seconds=100)
    assert [rest_after(hops, of, lost=True) for hops in range(6)] == [0, 0, 0, 0, 100, 200]
