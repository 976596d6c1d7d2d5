"""A talk as server-sent events, told from what is stored: whoever comes back goes on where they were."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sse_starlette import ServerSentEvent

from loom_app.kernel.database import Database
from loom_app.kernel.money import dollars
from loom_app.pair import repository
from loom_app.pair.house import House
from loom_app.pair.places import Place, Stage
from loom_app.runs.models import Run, RunAction, Turn

LOOK_SECONDS = 0.25
"""How often is looked for what another process wrote."""


@dataclass(frozen=True)
class Glimpse:
    """What there is from a turn on: the run, its turns and their actions."""

    run: Run
    turns: Sequence[Turn]
    actions: Mapping[int, Sequence[RunAction]]
    spent: Sequence[Turn] = ()
    """The turns of the last message, once its answer is over."""

    @property
    def is_over(self) -> bool:
        """Whether no answer is on."""
        return self.run.ended_at is not None


def connected(run_id: str, agent_name: str, count: int, at: Place, refused: str) -> ServerSentEvent:
    """The first event; `count` messages were said so far."""
    hello = {"session_id": run_id, "agent_name": agent_name, "message_count": count, "changes_refused": refused}
    return _event("connected", hello, at)


async def told(house: House, run_id: str, at: Place) -> AsyncIterator[ServerSentEvent]:
    """Everything beyond `at`, as it comes, up to the end of the answer that is on."""
    with house.listening(run_id) as news:
        while True:
            news.clear()
            found = await _look(house.db, run_id, at.turn)
            for event, place in _events(found, at):
                at = place
                yield event
            if found.is_over:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await news.wait()


async def _look(db: Database, run_id: str, since: int) -> Glimpse:
    async with db.read() as tx:
        run = await tx.get_one(Run, run_id)
        turns = await repository.turns(tx, run_id, since)
        actions: dict[int, list[RunAction]] = {}
        if any(turn.replied_at for turn in turns):
            for row in await repository.actions(tx, run_id, since):
                actions.setdefault(row.turn, []).append(row)
        spent: Sequence[Turn] = ()
        if run.ended_at is not None:
            asked = await repository.last_message(tx, run_id)
            spent = await repository.turns(tx, run_id, asked.heard_turn if asked else since)
        return Glimpse(run, turns, actions, spent)


def _events(found: Glimpse, at: Place) -> Iterator[tuple[ServerSentEvent, Place]]:
    for turn in found.turns:
        begun = at if at.turn == turn.number else Place(turn.number)
        yield from _of_turn(found, turn, begun, is_last=turn is found.turns[-1])


def _of_turn(found: Glimpse, turn: Turn, at: Place, *, is_last: bool) -> Iterator[tuple[ServerSentEvent, Place]]:
    piece = turn.said[at.characters :]
    if piece:
        at = Place(turn.number, len(turn.said), at.stage)
        yield _event("chunk", _chunk(found.run, turn, {"content": piece}, None), at), at
    if turn.replied_at is not None and at.stage < Stage.WHOLE:
        at = Place(turn.number, at.characters, Stage.WHOLE)
        yield _event("chunk", _chunk(found.run, turn, {}, turn.finish_reason or "stop"), at), at
    rows = found.actions.get(turn.number)
    if rows and at.stage < Stage.DONE and (found.is_over or not is_last):
        at = Place(turn.number, at.characters, Stage.DONE)
        yield _event("actions", _actions(turn, rows), at), at
    if found.is_over and is_last and at.stage < Stage.OVER:
        at = Place(turn.number, at.characters, Stage.OVER)
        yield _event(*_end(found, turn), at), at


def _chunk(run: Run, turn: Turn, delta: dict[str, str], finish: str | None) -> dict[str, Any]:
    return {
        "id": f"{run.id}.{turn.number}", "object": "chat.completion.chunk", "created": int(turn.created_at.timestamp()),
        "model": turn.model or run.model, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip


def _actions(turn: Turn, rows: Sequence[RunAction]) -> dict[str, Any]:
    return {
        "actions": [{"type": row.type, **row.parameters} for row in rows],
        "results": [
            {
                "action_type": row.type, "status": row.status, "message": row.message,
                "metadata": (row.result or {}).get("metadata") or {},
            }
            for row in rows
        ],
        "diff": turn.diff,
        "turn": turn.number,
    }  # fmt: skip


def _end(found: Glimpse, last: Turn) -> tuple[str, dict[str, Any]]:
    spent = {
        "tokens_used": sum(turn.tokens_input + turn.tokens_output for turn in found.spent),
        **_cost([turn.cost_micros for turn in found.spent if turn.tokens_input or turn.tokens_output]),
    }
    if last.fault:
        return "error", {"error": last.fault, **spent}
    return "done", {**spent, "remark": last.shortfall, "message": found.run.message}


def _cost(costs: Sequence[int | None]) -> dict[str, Any]:
    """What the answer cost; nobody knows that where a model had no price."""
    micros = None if None in costs else sum(cost or 0 for cost in costs)
    return {"cost_micros": micros, "cost": dollars(micros)}


def _event(name: str, data: dict[str, Any], at: Place) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=json.dumps(data, ensure_ascii=False, default=str), id=str(at))
