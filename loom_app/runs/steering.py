"""What people do to a run that is on: pause it and let it go on, say something to it, take it over and give it back.

Each only says what is wanted; the worker acts on it between two turns, or at once where the run is to end.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id
from loom_app.runs import nudges, repository, service
from loom_app.runs.models import LIVE, Nudge, Run, TerminalReason

MOST_WAITING = 20
"""How many messages may wait for a run."""


async def pause(tx: AsyncSession, run_id: str, *, actor: Actor) -> Run:
    """Has the run rest after its present turn, holding bead and worktree. Raises NotFound, and Conflict when over."""
    run = await _live(tx, run_id, actor)
    if not run.pause_requested:
        run.pause_requested = True
        _tell(tx, "run.pause_requested", run, actor)
    return run


async def resume(tx: AsyncSession, run_id: str, *, actor: Actor) -> Run:
    """Has a run that rests, or is to, go on. Raises NotFound, and Conflict when it does neither or is over."""
    run = await _live(tx, run_id, actor)
    if not run.pause_requested:
        raise Conflict(f"Run {run_id} is not paused; it goes on by itself.", code="run_not_paused")
    run.pause_requested, run.paused_at = False, None
    _tell(tx, "run.resumed", run, actor)
    return run


async def nudge(tx: AsyncSession, run_id: str, text: str, *, actor: Actor) -> Nudge:
    """Has the model told `text` in its next turn, once; should the run end before, the bead's next run is told.

    Raises NotFound, and Conflict when the run is over or too many messages wait.
    """
    run = await _live(tx, run_id, actor)
    if len(await nudges.waiting(tx, run.bead_id)) >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} messages wait for this run already. It hears them all in its next turn.",
            code="too_many_nudges",
        )
    said = Nudge(
        id=new_id("nudge"), bead_id=run.bead_id, run_id=run_id, author=actor.id, author_name=actor.name, text=text
    )
    tx.add(said)
    await tx.flush()
    _tell(tx, "run.nudged", run, actor, nudge_id=said.id)
    return said


async def take_over(tx: AsyncSession, run_id: str, *, actor: Actor) -> Run:
    """Has the run end with its work kept for `actor`, whose bead it is then.

    Raises NotFound, and Conflict when the run is over, is being stopped or was taken by another.
    """
    run = await _live(tx, run_id, actor)
    if run.taken_by == actor.id:
        return run
    run.taken_by = actor.id
    _tell(tx, "run.take_over_requested", run, actor)
    return run


async def give_back(tx: AsyncSession, run_id: str, note: str, *, actor: Actor) -> Run:
    """Opens the bead of a run that was taken over, for an agent to go on with what lies on its branch.

    `note` is what it is told. Raises NotFound, and Conflict when the work is not in a person's hands any more.
    """
    run = await repository.get(tx, run_id, to_change=True)
    if run is None or not actor.sees(run.project_id):
        return await service.get(tx, run_id, actor=actor)
    bead = await beads.get_to_change(tx, run.bead_id, actor)
    last = await repository.last_ended(tx, bead.id)
    theirs = bead.status == BeadStatus.IN_PROGRESS and bead.assigned_to == run.taken_by
    if run.terminal_reason != TerminalReason.TAKEN_OVER or not theirs or last is None or last.id != run_id:
        raise Conflict(
            f"The work of run {run_id} is in nobody's hands: {bead.id} is {bead.status}. Only what was taken over, and "
            "is in progress with whoever took it, can be given back.",
            code="run_not_taken",
        )
    said = note.strip()
    run.message = f"{actor.name} had taken it over and gave it back" + (f", saying: {said}" if said else ".")
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=actor, reason=run.message)
    _tell(tx, "run.given_back", run, actor)
    return run


async def resting(tx: AsyncSession, *, bead_id: str = "", project_id: str = "") -> list[tuple[str, int]]:
    """The runs that rest on a bead, or on any of a project: bead and token of each."""
    found = await repository.resting(tx, bead_id=bead_id, project_id=project_id)
    return [(run.bead_id, run.token) for run in found]


async def _live(tx: AsyncSession, run_id: str, actor: Actor) -> Run:
    """The run as it is now, kept from others. Raises NotFound, and Conflict when nothing can be asked of it."""
    run = await repository.get(tx, run_id, to_change=True)
    if run is None or not actor.sees(run.project_id):
        return await service.get(tx, run_id, actor=actor)
    if run.status not in LIVE:
        raise service.is_over(run)
    if run.paired_with:
        raise Conflict(
            f"{run.paired_name} leads run {run_id} by talking with its agent; it can only be stopped.",
            code="run_paired",
        )
    if run.cancel_requested:
        raise Conflict(f"Run {run_id} is being stopped.", code="run_stopping")
    if run.taken_by and run.taken_by != actor.id:
        raise Conflict(f"Run {run_id} is being taken over by another person.", code="run_taken")
    return run


def _tell(tx: AsyncSession, type_: str, run: Run, actor: Actor, **more: Any) -> None:
    data = {"run_id": run.id, "agent_id": run.agent_id, "token": run.token, **more}
    append(tx, type_, actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)
