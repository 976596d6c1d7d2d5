"""What people say to a run while it is on, told to its model once, in the next turn that is asked."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.runs.models import Nudge, Run, Turn

WAITING = col(Nudge.heard_run_id) == ""


async def of_run(tx: AsyncSession, run: Run) -> Sequence[Nudge]:
    """Those that were said to the run or heard in it, oldest first."""
    query = select(Nudge).where((col(Nudge.run_id) == run.id) | (col(Nudge.heard_run_id) == run.id))
    return (await tx.execute(query.order_by(col(Nudge.created_at), col(Nudge.id)))).scalars().all()


async def waiting(tx: AsyncSession, bead_id: str) -> Sequence[Nudge]:
    """Those of a bead that nobody has heard yet, oldest first."""
    query = select(Nudge).where(col(Nudge.bead_id) == bead_id, WAITING)
    return (await tx.execute(query.order_by(col(Nudge.created_at), col(Nudge.id)))).scalars().all()


async def tell(tx: AsyncSession, run: Run, turn: Turn) -> None:
    """Puts what waits at the end of the turn's prompt and notes it as heard, both or neither.

    It goes into the record of the turn before, too, from which nothing that people said is ever left out.
    """
    found = await waiting(tx, run.bead_id)
    if not found:
        return
    told = [_told(nudge) for nudge in found]
    turn.prompt = "\n\n".join([turn.prompt, *told])
    before = await tx.get(Turn, (run.id, turn.number - 1))
    if before is not None:
        before.gist = {**before.gist, "said": [*before.gist.get("said", ()), *told]}
    for nudge in found:
        nudge.heard_run_id, nudge.heard_turn = run.id, turn.number
        data = {"run_id": run.id, "nudge_id": nudge.id, "turn": turn.number}
        append(tx, "run.nudge_heard", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)


async def give_back(tx: AsyncSession, run: Run) -> None:
    """Has what the model of an ended run never answered wait for the bead's next run."""
    unanswered = (col(Nudge.heard_run_id) == run.id, col(Nudge.heard_turn) > run.turn_count)
    await tx.execute(update(Nudge).where(*unanswered).values(heard_run_id="", heard_turn=0))


def _told(nudge: Nudge) -> str:
    return f"## A message from {nudge.author_name}\n\nA person who watches this run says to you:\n\n{nudge.text}"
