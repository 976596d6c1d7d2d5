"""Reading beads: found by words, looked at one by one, ready ones, and those that wait with why."""

from typing import Any

from pydantic import Field

from loom_app.beads import comments, listing
from loom_app.beads import service as beads
from loom_app.budgets import costs
from loom_app.dispatch import telling
from loom_app.kernel.clock import now
from loom_app.projects import service as projects
from loom_app.repl.found import Found, Link, ago, bead_link, plain
from loom_app.repl.reading.tool import Arguments, Asking, ProjectId, Tool
from loom_app.search import service as search

MOST = 20
STATUS = {"open": "open", "in_progress": "in progress", "blocked": "blocked", "done": "done"}


class SearchBeads(Arguments):
    """Finds beads by words or by fields: `login crash`, `status:open priority:P0-P1 agent:qa is:blocked`."""

    query: str = Field(min_length=1, max_length=300)
    project_id: str = ProjectId


class ReadBead(Arguments):
    """One bead: where it stands, what it waits for and why, its last comments and what it cost."""

    bead_id: str = Field(min_length=1, max_length=200)


class ListReady(Arguments):
    """The beads that could be worked on now, the most urgent first."""

    project_id: str = ProjectId


class ListBlocked(Arguments):
    """The beads that are blocked, each with why."""

    project_id: str = ProjectId


async def search_beads(asking: Asking, wanted: SearchBeads) -> Found:
    """Beads by words."""
    await _known(asking, wanted.project_id)
    found = await search.search(asking.tx, wanted.query, asking.actor, project_id=wanted.project_id, limit=MOST)
    best = {one["bead_id"]: one for one in reversed(found["results"])}
    rows = [best[bead_id] for bead_id in dict.fromkeys(one["bead_id"] for one in found["results"])]
    links = [bead_link(row["bead_id"]) for row in rows]
    lines = [
        f"{link.markdown} P{row['priority']} {STATUS.get(row['status'], plain(row['status']))}: {plain(row['title'])}"
        for link, row in zip(links, rows, strict=True)
    ]
    better = found["did_you_mean"]
    hint = f" Did you mean {plain(better['query'])}?" if better else ""
    more = max(0, found["total"] - len(found["results"]))
    everything = Link("The search", "/search")
    if not rows:
        return Found(f"Nothing was found for “{plain(wanted.query)}”.{hint} {everything.markdown}", (), [everything])
    return Found(f"Found for “{plain(wanted.query)}”:{hint}", lines, links, more)


async def read_bead(asking: Asking, wanted: ReadBead) -> Found:
    """One bead."""
    tx, actor = asking.tx, asking.actor
    bead = await beads.get(tx, wanted.bead_id.strip().strip("`'\".,?"), actor=actor)
    at = await telling.told(tx, bead.id, asking.settings, actor)
    links = [bead_link(bead.id)]
    who = ""
    if bead.assigned_to:
        called = await beads.names(tx, [bead.assigned_to], actor)
        who = f", {plain(called.of(bead.assigned_to) or '')} has it"
    lines = [f"Waits: {plain(wait.why, 400)} {plain(wait.way_out, 300)}".strip() for wait in at.reasons]
    lines += [f"Given to {plain(one.agent)} {ago(one.made_at)}: {plain(one.why, 300)}" for one in at.choices[:3]]
    if bead.description.strip():
        lines.append(f"Says: {plain(bead.description, 800)}")
    cost = await costs.told(tx, bead, bead.assigned_to or "", "", asking.settings.budgets, actor)
    lines.append(plain(cost.sentence, 300))
    said = (await comments.of_bead(tx, bead.id))[-3:]
    lines += [f"{plain(one.author, 60)} said {ago(one.created_at)}: {plain(one.content, 300)}" for one in said]
    status = STATUS.get(bead.status, bead.status)
    return Found(
        f"{links[0].markdown} {plain(bead.title)} is {status} (P{bead.priority}, {plain(bead.type)}, project "
        f"{plain(bead.project_id)}{who}), changed {ago(bead.updated_at)}; for dispatch it is {at.state}.",
        lines, links,
    )  # fmt: skip


async def list_ready(asking: Asking, wanted: ListReady) -> Found:
    """What could be worked on."""
    await _known(asking, wanted.project_id)
    rows = await beads.ready(asking.tx, wanted.project_id or None, now(), 100, actor=asking.actor)
    if not rows:
        return Found("No bead is ready to be worked on.", (), [Link("The board", "/board")])
    links = [bead_link(row.id) for row in rows[:MOST]]
    lines = [f"{link.markdown} P{row.priority}: {plain(row.title)}" for link, row in zip(links, rows, strict=False)]
    many = f"{len(rows)} beads are" if len(rows) > 1 else "One bead is"
    return Found(
        f"{many if len(rows) < 100 else 'At least 100 beads are'} ready, the most urgent first:", lines, links,
        max(0, len(rows) - MOST),
    )  # fmt: skip


async def list_blocked(asking: Asking, wanted: ListBlocked) -> Found:
    """What waits, and why."""
    await _known(asking, wanted.project_id)
    also = tuple(await search.narrowing(asking.tx, "is:blocked", asking.actor))
    filters = listing.Filters(projects=asking.actor.projects, project_id=wanted.project_id, also=also)
    rows, total = await listing.page(asking.tx, filters, order="priority", limit=MOST, offset=0)
    if not rows:
        return Found("No bead is blocked.", (), [Link("The board", "/board")])
    reasons = await beads.explain_all(asking.tx, [row.id for row in rows], asking.actor)
    links = [bead_link(row.id) for row in rows]
    lines = [
        f"{link.markdown} P{row.priority} {plain(row.title)}: {_why(row, reasons.get(row.id, []))}"
        for link, row in zip(links, rows, strict=True)
    ]
    many = f"{total} beads are" if total > 1 else "One bead is"
    return Found(f"{many} blocked:", lines, links, total - len(rows))


def _why(row: Any, reasons: list[Any]) -> str:
    said = "; ".join(plain(reason.why, 200) for reason in reasons[:3])
    return said or plain(row.status_reason or "somebody set it aside", 300)


async def _known(asking: Asking, project_id: str) -> None:
    """Raises NotFound for a project that is not there for whoever asks."""
    if project_id:
        await projects.get(asking.tx, project_id, actor=asking.actor)


TOOLS = (
    Tool("search_beads", "beads:read", SearchBeads, search_beads, "Searching the beads"),
    Tool("read_bead", "beads:read", ReadBead, read_bead, "Reading a bead"),
    Tool("list_ready", "beads:read", ListReady, list_ready, "Looking at what is ready"),
    Tool("list_blocked", "beads:read", ListBlocked, list_blocked, "Looking at what waits, and why"),
)
