"""Calls and their sums as files, piece by piece, however many there are."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.analytics import repository
from loom_app.analytics.asked import Asked
from loom_app.analytics.columns import AGENT
from loom_app.analytics.schemas import Summary
from loom_app.analytics.sums import MICROS, Sums, by, whole
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.formulas import plain_cell
from loom_app.ledger.models import CallStatus

Format = Literal["csv", "json", "ndjson"]
MEDIA: dict[str, str] = {
    "csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson",
}  # fmt: skip
BATCH = 2_000
SETTLED = CallStatus.SETTLED.value
COLUMNS = {
    "Timestamp": "timestamp", "User ID": "user_id", "Method": "method", "Path": "path", "Provider ID": "provider_id",
    "Model": "model_name", "Prompt Tokens": "prompt_tokens", "Completion Tokens": "completion_tokens",
    "Total Tokens": "total_tokens", "Latency (ms)": "latency_ms", "Status Code": "status_code",
    "Cost (USD)": "cost_usd", "Error Message": "error_message", "ID": "id", "Cost (micro-USD)": "cost_micros",
    "Cached Tokens": "cached_tokens", "Cache Write Tokens": "cache_write_tokens",
    "Reasoning Tokens": "reasoning_tokens", "Project ID": "project_id", "Agent ID": "agent_id", "Bead ID": "bead_id",
    "Run ID": "run_id", "Turn": "turn", "Model Asked": "model_asked", "Estimated": "estimated",
    "Provider Request ID": "provider_request_id",
}  # fmt: skip
"""The columns of the CSV and what stands in them: first those that other programs know, in their order."""
COST = list(COLUMNS).index("Cost (USD)")
TEXTS = [
    place for place, name in enumerate(COLUMNS.values())
    if name in {"user_id", "path", "provider_id", "model_name", "error_message", "project_id", "agent_id", "bead_id",
                "run_id", "model_asked", "provider_request_id"}
]  # fmt: skip
"""The places of texts that others wrote."""
STATUS = {CallStatus.SETTLED.value: 200, CallStatus.RELEASED.value: 502, CallStatus.EXPIRED.value: 504}


def as_json(call: Any) -> dict[str, Any]:
    """A call as the API shows it."""
    settled = call.status == SETTLED
    micros = call.cost_micros if settled else None
    ended: datetime | None = call.settled_at if settled else None
    payer = f"{AGENT}{call.agent_id}" if call.agent_id and not call.user_id else call.user_id
    return {
        "id": call.id, "timestamp": rfc3339(call.at), "user_id": payer, "method": "POST",
        "path": f"/internal/{call.purpose}", "provider_id": call.provider_id,
        "model_name": call.answered_by or call.model, "prompt_tokens": call.tokens_input,
        "completion_tokens": call.tokens_output, "total_tokens": call.tokens_input + call.tokens_output,
        "latency_ms": None if ended is None else round((ended - call.at).total_seconds() * 1_000),
        "status_code": STATUS[call.status], "cost_usd": None if micros is None else micros / MICROS,
        "error_message": call.note, "request_body": "", "response_body": "", "cost_micros": micros,
        "cached_tokens": call.tokens_cached, "cache_write_tokens": call.tokens_cache_write,
        "reasoning_tokens": call.tokens_reasoning, "project_id": call.project_id, "agent_id": call.agent_id,
        "bead_id": call.bead_id, "run_id": call.run_id, "turn": call.turn, "model_asked": call.model,
        "estimated": call.estimated, "provider_request_id": call.request_id,
    }  # fmt: skip


async def exported(db: Database, actor: Actor, asked: Asked, as_: Format) -> AsyncIterator[bytes]:
    """What is asked for, oldest first; a batch of it is in memory at a time."""
    last: tuple[datetime, str] | None = None
    yield {"csv": rows([COLUMNS]), "json": b"[", "ndjson": b""}[as_]
    while True:
        async with db.read() as tx:
            batch = await repository.after(tx, actor, asked, last, BATCH)
        if not batch:
            break
        shown = [as_json(call) for call in batch]
        if as_ == "csv":
            yield rows(map(_cells, shown))
        elif as_ == "ndjson":
            yield "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in shown).encode()
        else:
            mark = "," if last else ""
            yield (mark + ",\n".join(json.dumps(one, ensure_ascii=False) for one in shown)).encode()
        last = (batch[-1].at, batch[-1].id)
    if as_ == "json":
        yield b"]\n"


async def report(tx: AsyncSession, actor: Actor, asked: Asked) -> dict[str, Any]:
    """The sums as one document."""
    providers, users = await by(tx, actor, asked, "provider"), await by(tx, actor, asked, "user")
    return {
        "exported_at": rfc3339(now()), "time_range": {"start": rfc3339(asked.since), "end": rfc3339(asked.until)},
        "summary": _summary(whole(providers)).model_dump(),
        "cost_by_provider": {whose: one.usd for whose, one in providers.items()},
        "cost_by_user": {whose: one.usd for whose, one in users.items()},
        "requests_by_provider": {whose: one.requests for whose, one in providers.items()},
        "requests_by_user": {whose: one.requests for whose, one in users.items()},
    }  # fmt: skip


async def report_csv(tx: AsyncSession, actor: Actor, asked: Asked) -> bytes:
    """The same as a table in three parts."""
    providers, users = await by(tx, actor, asked, "provider"), await by(tx, actor, asked, "user")
    total = whole(providers)
    figures = _summary(total).model_dump() | {"total_cost_usd": dollars(total.cost_micros)}
    lines: list[Iterable[Any]] = [("Summary",), ("Metric", "Value"), *figures.items()]
    for title, head, parts in (
        ("Cost by Provider", "Provider ID", providers), ("Cost by User", "User ID", users),
    ):  # fmt: skip
        lines += [(), (title,), (head, "Requests", "Cost (USD)")]
        lines += [(plain_cell(whose), one.requests, dollars(one.cost_micros)) for whose, one in parts.items()]
    return rows(lines)


def dollars(micros: int) -> str:
    """Micro-dollars as dollars with all their decimals."""
    return f"{'-' if micros < 0 else ''}{abs(micros) // MICROS}.{abs(micros) % MICROS:06d}"


def rows(lines: Iterable[Iterable[Any]]) -> bytes:
    """Lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def _summary(total: Sums) -> Summary:
    return Summary(
        total_requests=total.requests, total_tokens=total.tokens, total_cost_usd=total.usd,
        avg_latency_ms=total.latency_ms, error_rate=total.error_rate, unpriced_requests=total.unpriced,
    )  # fmt: skip


def _cells(shown: dict[str, Any]) -> list[Any]:
    micros = shown["cost_micros"]
    cells = [shown[name] for name in COLUMNS.values()]
    cells[COST] = "" if micros is None else dollars(micros)
    for place in TEXTS:
        cells[place] = _disarmed(cells[place])
    return cells


_disarmed = lru_cache(10_000)(plain_cell)
