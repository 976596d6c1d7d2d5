"""REST of steering a run: people pause it, speak to it, take its work over and give it back."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import WriteTx
from loom_app.runs import steering
from loom_app.runs.schemas import GiveBack, NudgeDraft, NudgeView, RunView

router = APIRouter(tags=["runs"])
WRITE = [requires("beads:write")]


@router.post("/runs/{run_id}/pause", dependencies=WRITE)
async def pause(run_id: str, tx: WriteTx, actor: CurrentActor) -> RunView:
    """Has a run rest after its present turn; it keeps its bead and its worktree and costs nothing meanwhile."""
    return RunView.of(await steering.pause(tx, run_id, actor=actor))


@router.post("/runs/{run_id}/resume", dependencies=WRITE)
async def resume(run_id: str, tx: WriteTx, actor: CurrentActor) -> RunView:
    """Has a run that rests go on with its next turn."""
    return RunView.of(await steering.resume(tx, run_id, actor=actor))


@router.post("/runs/{run_id}/nudge", status_code=201, dependencies=WRITE)
async def nudge(run_id: str, said: NudgeDraft, tx: WriteTx, actor: CurrentActor) -> NudgeView:
    """Tells the run's model something, once, in its next turn."""
    return NudgeView.model_validate(await steering.nudge(tx, run_id, said.text, actor=actor))


@router.post("/runs/{run_id}/take-over", dependencies=WRITE)
async def take_over(run_id: str, tx: WriteTx, actor: CurrentActor) -> RunView:
    """Ends a run for you: its changes stay on its branch, its bead stays in progress and is yours."""
    return RunView.of(await steering.take_over(tx, run_id, actor=actor))


@router.post("/runs/{run_id}/give-back", dependencies=WRITE)
async def give_back(run_id: str, told: GiveBack, tx: WriteTx, actor: CurrentActor) -> RunView:
    """Opens the bead of a run that was taken over; whoever gets it goes on with what lies on the branch."""
    return RunView.of(await steering.give_back(tx, run_id, told.note, actor=actor))
