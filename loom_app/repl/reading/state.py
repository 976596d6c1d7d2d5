"""Reading how things stand: the system, what waits for people, what happened."""

from datetime import timedelta
from typing import Any

from pydantic import Field

from loom_app.decisions import service as decisions
from loom_app.decisions.models import DecisionStatus
from loom_app.events import service as events
from loom_app.kernel.clock import now
from loom_app.repl.found import Found, Link, ago, bead_link, plain, project_link
from loom_app.repl.reading.tool import Arguments, Asking, ProjectId, Tool
from loom_app.status import service as status

MOST = 25
NAMES = ("title", "name", "project_name", "message", "because")
"""Which of an event's data says what it was about."""


class ReadStatus(Arguments):
    """Whether work is given out and why not, how many beads stand where, the last failures."""


class ListDecisions(Arguments):
    """Questions that wait for people: options, recommendation, deadline; or with `open` false those that are over."""

    project_id: str = ProjectId
    open: bool = True


class ListEvents(Arguments):
    """What happened, the newest first."""

    project_id: str = ProjectId
    about: str = Field("", max_length=200, description="The id of the bead, agent, … that events are about.")
    hours: int = Field(24, ge=1, le=24 * 366)


async def read_status(asking: Asking, _: ReadStatus) -> Found:
    """How things stand."""
    state = await status.state(asking.tx, asking.actor)
    lines = [state.reason]
    links = [Link("Home", "/")]
    if asking.actor.may("beads:read"):
        queue = await status.queue(asking.tx, asking.actor)
        board = Link("board", "/board")
        links.append(board)
        lines.append(
            f"On the {board.markdown}: {queue.open} open ({queue.ready} ready), {queue.in_progress} in progress, "
            f"{queue.blocked} blocked, {queue.done} done"
        )
        failures = (await status.last_failures(asking.tx, asking.actor))[:5]
        lines += [_failure(one) for one in failures]
        links += [bead_link(one["bead_id"]) for one in failures]
    if asking.actor.may("decisions:read"):
        waiting = (await decisions.page(asking.tx, asking.actor, {"status": DecisionStatus.OPEN}, 1, 0))[1]
        page = Link("Decisions", "/decisions")
        links.append(page)
        lines.append(f"{waiting} wait for people: {page.markdown}")
    return Found(f"Loom is {state.state}.", lines, links)


def _failure(one: dict[str, Any]) -> str:
    return f"Failed: {bead_link(one['bead_id']).markdown} {plain(str(one.get('message', '')), 240)}"


async def list_decisions(asking: Asking, wanted: ListDecisions) -> Found:
    """What waits for people."""
    asked = {"project_id": wanted.project_id or None, "status": DecisionStatus.OPEN if wanted.open else None}
    rows, total = await decisions.page(asking.tx, asking.actor, asked, MOST, 0)
    page = Link("Decisions", "/decisions")
    if not rows:
        return Found("No decision waits." if wanted.open else "There are no decisions.", (), [page])
    return Found(
        f"{page.markdown}:", [_decision(row) for row in rows],
        [page, *(bead_link(row.bead_id) for row in rows if row.bead_id)], total - len(rows),
    )  # fmt: skip


def _decision(row: Any) -> str:
    about = f" about {bead_link(row.bead_id).markdown}" if row.bead_id else ""
    end = f"by {ago(row.deadline)}" if row.status == DecisionStatus.OPEN else f"{row.status}: {plain(row.decision)}"
    options = ", ".join(plain(option, 60) for option in row.options)
    said = f" Recommended: {plain(row.recommendation, 200)}." if row.recommendation else ""
    return f"{plain(row.title)}{about} ({row.risk} risk, {end}): options {options}.{said} (decision {row.id})"


async def list_events(asking: Asking, wanted: ListEvents) -> Found:
    """What happened."""
    found = await events.newest(
        asking.tx, asking.actor, limit=MOST * 2, project_id=wanted.project_id or None, subject_id=wanted.about or None
    )
    since = now() - timedelta(hours=wanted.hours)
    fresh = [event for event in found if event.timestamp >= since]
    links = [bead_link(one.subject_id) for one in fresh if one.source in ("bead", "run") and one.subject_id]
    links += [project_link(one.project_id) for one in fresh if one.project_id]
    lines = [f"{ago(one.timestamp)}: {_words(one.type)} {_about(one)}" for one in fresh[:MOST]]
    return Found(
        f"In the last {wanted.hours} hours, the newest first:" if lines else "Nothing happened in that time.",
        lines, list(dict.fromkeys(links)), max(0, len(fresh) - MOST),
    )  # fmt: skip


def _words(type_: str) -> str:
    return type_.replace(".", " ").replace("_", " ")


def _about(event: Any) -> str:
    name = next((str(event.data[key]) for key in NAMES if event.data.get(key)), "")
    if event.source in ("bead", "run") and event.subject_id:
        return f"{bead_link(event.subject_id).markdown} {plain(name)}".strip()
    return plain(name or event.subject_id or "")


TOOLS = (
    Tool("read_status", "projects:read", ReadStatus, read_status, "Looking how things stand"),
    Tool("list_decisions", "decisions:read", ListDecisions, list_decisions, "Looking at the decisions"),
    Tool("list_events", "projects:read", ListEvents, list_events, "Looking at what happened"),
)
