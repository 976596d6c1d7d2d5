"""Handing in what a person and an agent changed: it lands or waits for review, as the project wants of any work."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions import results as outcome
from loom_app.actions.kinds.beads import Done
from loom_app.actions.types import Reply
from loom_app.kernel.clock import now
from loom_app.pair import repository
from loom_app.pair.answering import Answer
from loom_app.runs import service as runs
from loom_app.runs.acting import perform
from loom_app.runs.hands import Hands
from loom_app.runs.models import Turn
from loom_app.runs.workplace import job_of

WORD = "Finish it."


async def order(tx: AsyncSession, run_id: str, message: str) -> int:
    """Writes the turn in which the person finishes the work themselves; its number."""
    last = await repository.last(tx, run_id)
    number = last.number + 1 if last else 1
    moment = now()
    asked = {"actions": [{"type": "done", "reason": message}]}
    tx.add(
        Turn(
            run_id=run_id, number=number, prompt=WORD, reply=json.dumps(asked, ensure_ascii=False), asked_at=moment,
            replied_at=moment,
        )
    )  # fmt: skip
    return number


class HandingIn(Answer):
    """What becomes of work that its person calls finished."""

    async def _rounds(self) -> None:
        async with self._house.db.read() as tx:
            job = await job_of(tx, self._run.id)
            turn = await repository.turn(tx, self._run.id, self._number)
        (given,) = json.loads(turn.reply or "")["actions"]
        tree = await self._desk.open(job)
        hands = Hands(self._house.db, self._house.settings, job, tree)
        results = await perform(hands, turn, Reply(actions=[Done(reason=given["reason"])]))
        if outcome.ending(results):
            self._desk.handed_in(keep_branch=outcome.ending(results) != "completed" or runs.keeps_branch(job))
        else:
            await self._desk.keep(turn.number)
