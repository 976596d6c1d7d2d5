"""How a talk looks to whoever comes to it: everything that was said and done, and from where its stream goes on."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.kernel.actor import Actor
from loom_app.kernel.money import dollars
from loom_app.pair import repository
from loom_app.pair.places import Place, place_of
from loom_app.pair.schemas import PairView, Said
from loom_app.runs import pairing
from loom_app.runs.models import Nudge, Run, RunStatus, Turn
from loom_app.runs.schemas import ActionView

MOST_TURNS = 100


async def view(tx: AsyncSession, bead_id: str, agent_id: str, *, person: Actor) -> PairView:
    """The person's newest talk about the bead, with any agent or with `agent_id`; an empty one before it. Raises
    NotFound."""
    bead = await beads.get(tx, bead_id, actor=person)
    run = await pairing.newest(tx, bead_id, person.id, agent_id)
    why = pairing.why_unchanged(bead, person)
    if run is None:
        return PairView(
            session_id=None, bead_id=bead_id, agent_id=agent_id or None, agent_name="", live=False, place="",
            changes_refused=why, has_changes=False, is_finished=False, message="", branch="", tokens=0,
            cost_micros=None, cost="", messages=[], earlier=0,
        )  # fmt: skip
    last = await repository.last(tx, run.id)
    since = max(0, (last.number if last else 0) - MOST_TURNS)
    turns = await repository.turns(tx, run.id, since + 1)
    live = run.ended_at is None
    return PairView(
        session_id=run.id, bead_id=bead_id, agent_id=run.agent_id, agent_name=await agents.name_of(tx, run.agent_id),
        live=live, place=str(_place(run, turns)), changes_refused=why, has_changes=pairing.has_work(run, bead),
        is_finished=not live and run.terminal_reason not in pairing.GOING_ON, message=run.message, branch=run.branch,
        tokens=run.tokens_input + run.tokens_output, cost_micros=run.cost_micros, cost=dollars(run.cost_micros),
        messages=await _messages(tx, run, turns, since + 1), earlier=since,
    )  # fmt: skip


def _place(run: Run, turns: Sequence[Turn]) -> Place:
    return place_of(turns[-1], is_over=run.ended_at is not None) if turns else Place(1)


async def _messages(tx: AsyncSession, run: Run, turns: Sequence[Turn], since: int) -> list[Said]:
    asked = {nudge.heard_turn: nudge for nudge in await repository.messages(tx, run.id, since)}
    did: dict[int, list[ActionView]] = {}
    for row in await repository.actions(tx, run.id, since):
        did.setdefault(row.turn, []).append(ActionView.of(row))
    said: list[Said] = []
    for turn in turns:
        said += [_person(asked[turn.number])] if turn.number in asked and asked[turn.number].text else []
        said += _agent(run, turn, did.get(turn.number, []))
    return said


def _person(nudge: Nudge) -> Said:
    return Said(turn=nudge.heard_turn, role="person", text=nudge.text, at=nudge.created_at)


def _agent(run: Run, turn: Turn, did: list[ActionView]) -> list[Said]:
    if not (turn.said or turn.reply or turn.fault or turn.shortfall or did):
        return []
    return [
        Said(
            turn=turn.number, role="agent", text=turn.said, at=turn.replied_at or turn.created_at, actions=did,
            diff=turn.diff, fault=turn.fault, remark=turn.shortfall, model=turn.model,
            tokens=turn.tokens_input + turn.tokens_output, cost_micros=turn.cost_micros,
            is_over=turn.replied_at is not None or run.status != RunStatus.RUNNING,
        )
    ]  # fmt: skip
