"""Looking: show, list, ready, blocked, children, search, stale, count."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from loom_app.bdcli import shape
from loom_app.bdcli.changing import take
from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import (
    FILTERS,
    ORDERED,
    STATUSES,
    below,
    cut,
    everything,
    passing,
    status_of,
    whole_id,
    whole_ids,
)
from loom_app.bdcli.options import ID, IDS, option, several
from loom_app.bdcli.words import whole
from loom_app.beads import service as beads
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid, LoomError, NotFound

USUAL = {"list": 50, "ready": 100, "search": 50}
"""How many are shown where no limit is given."""
ALL = 1_000_000
COUNTED_BY: dict[str, Callable[[Any], list[str]]] = {
    "status": lambda bead: [status_of(bead)],
    "priority": lambda bead: [f"P{bead.priority}"],
    "type": lambda bead: [bead.type],
    "assignee": lambda bead: [bead.assigned_to or "(unassigned)"],
    "label": lambda bead: bead.tags or ["(no labels)"],
}
PARENT = option("--parent", help="Only what is below this bead.")


@command("show", IDS, option("--short", is_flag=True, help="One line each."))
async def show(at: At, ids: list[str], *, short: bool) -> Answer:
    """Show beads with their dependencies and comments."""
    found, problems = [], []
    for text in ids:
        try:
            found.append(await whole_id(at, text))
        except LoomError as error:
            problems.append(error.message)
    if not found:
        raise NotFound("; ".join(problems), code="bead_not_found")
    issues = await shape.detailed(at, list(dict.fromkeys(found)))
    text = "\n\n".join(shape.line_of(issue) if short else whole(issue) for issue in issues)
    return Answer(issues, text, problems=tuple(problems))


@command(
    "list", *FILTERS, *ORDERED, PARENT,
    option("--all", "finished", is_flag=True, help="Closed ones too."),
    option("--ready", "ready_only", is_flag=True, help="Only those that could be started."),
    option("--long", is_flag=True, help="Everything about each."),
    *(option(name, is_flag=True, hidden=True, expose_value=False) for name in ("--flat", "--no-pager", "--tree")),
)  # fmt: skip
async def list_(
    at: At, *, order: str, reverse: bool, most: int | None, parent: str | None, finished: bool, ready_only: bool,
    long: bool, **given: Any,
) -> Answer:  # fmt: skip
    """List the beads of the project. Closed ones only with --all or --status closed."""
    found = await everything(at)
    if not finished and not given["status"] and not given["closed_after"] and not given["closed_before"]:
        found = [bead for bead in found if bead.status != "done"]
    if given["only"]:
        given["only"] = await whole_ids(at, given["only"])
    found = passing(found, _statuses(found, given))
    found = [bead for bead in found if not given["overdue"] or _late(bead)]
    if parent:
        family = await below(at, await whole_id(at, parent))
        found = [bead for bead in found if bead.id in family]
    if ready_only:
        free = {row.id for row in await beads.ready(at.tx, at.project.id, now(), ALL, actor=at.actor)}
        found = [bead for bead in found if bead.id in free]
    return await _several(at, cut(found, order, most, reverse=reverse, usual=USUAL["list"]), long=long)


@command(
    "ready", *FILTERS[1:3], *FILTERS[5:10], *ORDERED, PARENT,
    option("--claim", is_flag=True, help="Take the first of them."), writes="claim",
)  # fmt: skip
async def ready(
    at: At, *, order: str, reverse: bool, most: int | None, parent: str | None, claim: bool, **given: Any
) -> Answer:
    """List what can be started now: open, waiting for nothing, not put off, held by nobody."""
    found = passing(await beads.ready(at.tx, at.project.id, now(), ALL, actor=at.actor), given)
    if parent:
        family = await below(at, await whole_id(at, parent))
        found = [bead for bead in found if bead.id in family]
    ids = cut(found, order, most, reverse=reverse, usual=USUAL["ready"])
    if claim:
        ids = [await take(at, bead_id) for bead_id in ids[:1]]
    return await _several(at, ids, none="Nothing is ready to be started.")


@command("blocked", PARENT, *FILTERS[2:3], *FILTERS[5:8])
async def blocked(at: At, *, parent: str | None, **given: Any) -> Answer:
    """List what waits for other beads, and for which."""
    found = passing([bead for bead in await everything(at) if bead.is_blocked], given)
    if parent:
        family = await below(at, await whole_id(at, parent))
        found = [bead for bead in found if bead.id in family]
    ids = cut(found, "priority", 0, reverse=False, usual=0)
    reasons = await beads.explain_all(at.tx, ids, at.actor)
    issues = await shape.bare(at, ids)
    for issue in issues:
        behind = list(dict.fromkeys(one.bead_id for one in reasons.get(issue["id"], []) if one.bead_id))
        issue |= {"blocked_by_count": len(behind), "blocked_by": behind}
    rows = (f"{shape.line_of(issue)}\n    waits for {', '.join(issue['blocked_by'])}" for issue in issues)
    return Answer(issues, "\n".join(rows) or "Nothing is blocked.")


@command("children", ID)
async def children(at: At, bead_id: str) -> Answer:
    """List the children of a bead."""
    wanted = await whole_id(at, bead_id)
    links = await beads.links_to(at.tx, [wanted], ["parent-child"])
    return await _several(at, sorted(link.bead_id for link in links))


@command("search", click.Argument(["words"], nargs=-1, required=True), *FILTERS, *ORDERED)
async def search(
    at: At, words: tuple[str, ...], *, order: str, reverse: bool, most: int | None, **given: Any
) -> Answer:
    """List the beads with a text in id, title or description; closed ones with --status all or closed."""
    text, every = " ".join(words).lower(), await everything(at)
    found = [
        bead
        for bead in passing(every, _statuses(every, given))
        if (given["status"] or bead.status != "done")
        and any(text in part.lower() for part in (bead.id, bead.title, bead.description))
    ]
    return await _several(at, cut(found, order, most, reverse=reverse, usual=USUAL["search"]))


@command(
    "stale", option("-d", "--days", type=click.IntRange(1, 36_500), default=30, help="Not changed for so many days."),
    *ORDERED[2:], several("-s", "--status"),
)  # fmt: skip
async def stale(at: At, *, days: int, most: int | None, **given: Any) -> Answer:
    """List what is not closed and has not changed for long."""
    since = now() - timedelta(days=days)
    found = [bead for bead in await everything(at) if bead.status != "done" and bead.updated_at < since]
    return await _several(at, cut(passing(found, given), "updated", most, reverse=True, usual=USUAL["list"]))


@command("count", *FILTERS, *(option(f"--by-{name}", is_flag=True) for name in COUNTED_BY))
async def count(at: At, **given: Any) -> Answer:
    """Count beads, closed ones too."""
    every = await everything(at)
    found = passing(every, _statuses(every, given))
    groups = next((name for name in COUNTED_BY if given[f"by_{name}"]), "")
    if not groups:
        return Answer({"count": len(found)}, str(len(found)))
    counts = sorted(Counter(group for bead in found for group in COUNTED_BY[groups](bead)).items())
    shown = {"total": len(found), "groups": [{"group": group, "count": number} for group, number in counts]}
    return Answer(shown, "\n".join(f"{group}: {number}" for group, number in counts))


def _statuses(found: list[Any], given: dict[str, Any]) -> dict[str, Any]:
    """`done` is `closed`, and `all` means any. Raises Invalid for a status that no bead of the project can have."""
    wanted = ["closed" if name == "done" else name for name in given["status"]]
    known = [*STATUSES, *sorted({status_of(bead) for bead in found} - set(STATUSES))]
    strange = [name for name in wanted if name not in (*known, "all")]
    if strange:
        raise Invalid(f"invalid status {strange[0]!r} (valid: {', '.join(known)})", code="unknown_status")
    return {**given, "status": [] if "all" in wanted else wanted}


def _late(bead: Any) -> bool:
    return bead.status != "done" and bead.due_date is not None and bead.due_date < now()


async def _several(at: At, ids: list[str], *, none: str = "No beads found.", long: bool = False) -> Answer:
    issues = await shape.listed(at, ids)
    words = whole if long else shape.line_of
    return Answer(issues, "\n".join(map(words, issues)) or none)
