"""What an agent reaches while a person pairs with it: what that person may, and nothing that ends the work."""

from dataclasses import dataclass, replace

from loom_app.actions.context import ActionContext, LeaveNeeded
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult, failed
from loom_app.decisions import service as decisions
from loom_app.decisions.answers import Kind
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.pair.prompt import LEFT_TO_THE_PERSON
from loom_app.runs import guard, pairing
from loom_app.runs.board import RunBoard, leave_question, unrun
from loom_app.runs.hands import Hands
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import ActionStatus
from loom_app.runs.recording import record


@dataclass(frozen=True, kw_only=True)
class PairHands(Hands):
    """The hands of an agent that `person` leads; `why_unchanged` says why nothing may be changed, if so."""

    person: Actor
    why_unchanged: str = ""

    async def refused(self, action: ActionModel) -> ActionResult | None:
        """Why an action is not for here, or for this person. The first change makes the bead theirs."""
        if action.name in LEFT_TO_THE_PERSON:
            return failed(action, LEFT_TO_THE_PERSON[action.name], code="left_to_the_person")
        if action.effect == "read":
            return None
        if self.why_unchanged:
            return failed(action, self.why_unchanged, code="pair_reads_only")
        try:
            async with self.db.write() as tx:
                await guard.held(tx, self.job.run.id, self.settings.runs.lease_seconds)
                await pairing.begin_changes(tx, self.job.run.id, self.person)
        except Conflict as refusal:
            if isinstance(refusal, guard.RunStopped | LeaseLost):
                raise
            return failed(action, refusal.message, code=refusal.code)
        return None

    def context(self) -> ActionContext:
        """As a run's, with a board that asks people without setting the bead aside."""
        return replace(super().context(), board=PairBoard(self.db, self.settings, self.job, self.tree))


class PairBoard(RunBoard):
    """The board as an agent reaches it while a person pairs with it."""

    async def ask_leave(self, need: LeaveNeeded, reason: str, key: str) -> str:
        """Asks people whether a command may run; the bead stays where it is, and the person goes on when they like."""
        asked = leave_question(self._job, need, reason)
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            decision = await decisions.open_decision(
                tx, kind=Kind.COMMAND, bead=self._job.bead, run_id=run.id, question=asked.text,
                requester_id=self._job.agent.id, options=asked.options, risk=asked.risk,
                default_option=asked.default_option, context=dict(asked.context), to_agents=False,
            )  # fmt: skip
            left = unrun(need)
            await record(
                tx, key, left.message, left.metadata | {"decision_id": decision.id}, "waiting", ActionStatus.ERROR
            )
            return decision.id
