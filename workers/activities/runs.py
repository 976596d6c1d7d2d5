"""The steps of one run. What went wrong in the world ends the run with its reason; what went wrong in us is retried."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from temporalio import activity

from loom_app.beads.models import Bead
from loom_app.decisions import service as decisions
from loom_app.git.runner import GitFailed
from loom_app.kernel.cause import anew
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.ledger.orders import Refused
from loom_app.providers.errors import ProviderError
from loom_app.pullrequests.hands import PullRequests
from loom_app.runs import budget_stop, guard, halting, service
from loom_app.runs.acting import act
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import TerminalReason
from loom_app.runs.opening import open_run
from loom_app.runs.think import think
from workers.activities.deps import Deps
from workers.agent_engine import TemporalEngine
from workers.contracts import DecisionRef, RunFailure, RunRef, TurnOutcome, TurnRef

log = get_logger(__name__)
T = TypeVar("T")
OVER = TurnOutcome(over=True)
SLICE_SECONDS = 10.0
"""How long turns follow each other before Temporal is told how far the run has come; it cuts no turn short."""

ENDINGS: tuple[tuple[type[LoomError], TerminalReason], ...] = (
    (guard.RunStopped, TerminalReason.CANCELLED),
    (ProviderError, TerminalReason.PROVIDER_ERROR),
    (GitFailed, TerminalReason.REPOSITORY_ERROR),
    (LoomError, TerminalReason.INTERNAL_ERROR),
)
"""Which error ends a run for which reason; the first that fits."""


class RunActivities:
    """The activities of BeadProcessingWorkflow and DecisionWorkflow."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._pulls = deps, PullRequests(deps.db, deps.settings)
        self._engine = TemporalEngine(deps.client, deps.starts, deps.settings.temporal.task_queue)

    @activity.defn(name="open_run")
    async def open_run(self, ref: RunRef) -> TurnOutcome:
        """Makes the worktree and the first turn ready."""
        number = await self._step(ref.run_id, open_run(self._deps.db, self._deps.settings, ref.run_id, self._pulls))
        return OVER if number is None else TurnOutcome(over=False, next_turn=number)

    @activity.defn(name="take_turns")
    async def take_turns(self, ref: TurnRef) -> TurnOutcome:
        """Takes turns from `ref` on for some seconds, or until the run is over or rests. Safe to repeat from `ref`."""
        clock = asyncio.get_running_loop().time
        number, until = ref.number, clock() + SLICE_SECONDS
        while not await halting.rests(self._deps.db, ref.run_id, number):
            activity.heartbeat(number)
            following = await self._step(ref.run_id, self._turn(ref.run_id, number))
            if following is None:
                return OVER
            number = following
            if clock() >= until or activity.is_worker_shutdown():
                return TurnOutcome(over=False, next_turn=number)
        return TurnOutcome(over=False, next_turn=number, paused=True)

    @activity.defn(name="think")
    async def think(self, ref: TurnRef) -> TurnOutcome:
        """The first half of a turn alone, for runs begun by a Loom that knew no `take_turns`."""
        if await halting.rests(self._deps.db, ref.run_id, ref.number):
            return TurnOutcome(over=False, next_turn=ref.number, paused=True)
        number = await self._step(ref.run_id, self._think(ref.run_id, ref.number))
        return OVER if number is None else TurnOutcome(over=False, next_turn=number)

    @activity.defn(name="act")
    async def act(self, ref: TurnRef) -> TurnOutcome:
        """The second half of it."""
        number = await self._step(
            ref.run_id,
            act(self._deps.db, self._deps.settings, ref.run_id, ref.number, self._pulls, self._engine),
        )
        return OVER if number is None else TurnOutcome(over=False, next_turn=number)

    @activity.defn(name="fail_run")
    async def fail_run(self, failure: RunFailure) -> None:
        """Ends a run that our own fault keeps from going on."""
        await self._end(failure.run_id, TerminalReason.INTERNAL_ERROR, f"Loom itself failed: {failure.message}")

    @activity.defn(name="expire_decision")
    async def expire_decision(self, ref: DecisionRef) -> float | None:
        """Takes the default of a decision nobody answered; the seconds to wait on before that, None when it is over."""
        async with self._deps.db.write() as tx:
            return await decisions.due(tx, ref.decision_id)

    async def _turn(self, run_id: str, number: int) -> int | None:
        """The number of the next turn, once the model is asked and its wishes are done; None when it was the last."""
        await self._think(run_id, number)
        return await act(self._deps.db, self._deps.settings, run_id, number, self._pulls, self._engine)

    async def _think(self, run_id: str, number: int) -> int:
        await halting.begin_turn(self._deps.db, self._deps.settings, run_id, number)
        await think(self._deps.db, self._deps.vault, self._deps.settings, run_id, number, self._pulls)
        return number

    async def _step(self, run_id: str, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` answers, the lease kept meanwhile; None when the run is over."""
        seconds = self._deps.settings.runs.lease_seconds
        try:
            async with self._deps.db.write() as tx:
                run = await guard.held(tx, run_id, seconds)
                await guard.check(tx, run_id)
                bead = await tx.get(Bead, run.bead_id)
            anew(request_id=run_id, on_behalf_of=bead.created_by if bead else None)
            return await guard.while_held(self._deps.db, run, seconds, work, activity.heartbeat)
        except LeaseLost as lost:
            work.close()
            log.warning("run given up", run=run_id, why=lost.message)
            return None
        except Refused as refused:
            work.close()
            log.info("run ends", run=run_id, reason=TerminalReason.BUDGET, message=refused.message)
            await budget_stop.stop(self._deps.db, self._deps.settings, run_id, refused)
            return None
        except guard.RunTaken:
            work.close()
            log.info("run ends", run=run_id, reason=TerminalReason.TAKEN_OVER)
            await halting.hand_over(self._deps.db, self._deps.settings, run_id)
            return None
        except LoomError as error:
            work.close()
            reason = next(reason for kind, reason in ENDINGS if isinstance(error, kind))
            await self._end(run_id, reason, error.message)
            return None

    async def _end(self, run_id: str, reason: TerminalReason, message: str) -> None:
        log.info("run ends", run=run_id, reason=reason, message=message)
        await service.end_run(self._deps.db, self._deps.settings, run_id, reason, message)
