"""Dependencies: dep add, remove, list, tree, cycles."""

from typing import Any

import click

from loom_app.bdcli import shape
from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import everything, other_end, whole_id
from loom_app.bdcli.making import metadata as object_of
from loom_app.bdcli.options import ID, option
from loom_app.beads import service as beads
from loom_app.beads.cycles import find_cycles
from loom_app.beads.graph import BLOCKING_TYPES, BLOCKS, Edge

OTHER = click.Argument(["other_id"], required=False)
TYPE = option("-t", "--type", "kind", default=BLOCKS, help="blocks, parent-child, related, discovered-from, …")
DEEPEST = 50


@command(
    "add", ID, OTHER, TYPE,
    option("--blocked-by", help="What it waits for, in place of the second argument."),
    option("--depends-on", help="What it waits for, in place of the second argument."),
    option("--metadata", default="", help='For waits-for: {"gate": "any-children"}.'),
    writes=True,
)  # fmt: skip
async def add(
    at: At, bead_id: str, other_id: str | None, *, kind: str, blocked_by: str | None, depends_on: str | None,
    metadata: str,
) -> Answer:  # fmt: skip
    """Make the first bead depend on the second (for parent-child: become its child)."""
    named = other_id or blocked_by or depends_on
    if not named:
        raise click.UsageError("requires the id of the bead it shall depend on")
    own, other = await whole_id(at, bead_id), await other_end(at, named)
    gate = str(object_of(metadata).get("gate", ""))
    await beads.add_dependency(at.tx, own, other, kind, actor=at.actor, gate=gate)
    shown = {"status": "added", "issue_id": own, "depends_on_id": other, "type": kind}
    return Answer(shown, f"Added: {own} depends on {other} ({kind}).")


@command("remove", ID, click.Argument(["other_id"]), writes=True)
async def remove(at: At, bead_id: str, other_id: str) -> Answer:
    """End a dependency."""
    own, other = await whole_id(at, bead_id), await other_end(at, other_id)
    await beads.remove_dependency(at.tx, own, other, actor=at.actor)
    shown = {"status": "removed", "issue_id": own, "depends_on_id": other}
    return Answer(shown, f"Removed: {own} no longer depends on {other}.")


@command(
    "list", ID,
    option("--direction", type=click.Choice(["down", "up"]), default="down", help="What it needs, or what needs it."),
    option("-t", "--type", "kind", default="", help="Only this type."),
)  # fmt: skip
async def list_(at: At, bead_id: str, *, direction: str, kind: str) -> Answer:
    """List what a bead depends on, or with --direction up what depends on it."""
    own = await whole_id(at, bead_id)
    found = [
        other for other in await _next(at, own, direction) if not kind or other["dependency_type"] == kind
    ]  # fmt: skip
    rows = [f"{shape.line_of(other)} ({other['dependency_type']})" for other in found]
    return Answer(found, "\n".join(rows) or f"{own} has none.")


@command(
    "tree", ID,
    option("--direction", type=click.Choice(["down", "up", "both"]), default="down", help="Which way to look."),
    option("--reverse", is_flag=True, help="What needs it."),
    option("-d", "--max-depth", "deepest", type=click.IntRange(min=1), default=DEEPEST, help="How deep at the most."),
    *(option(name, hidden=True, expose_value=False) for name in ("--format", "--type")),
    option("--show-all-paths", is_flag=True, hidden=True, expose_value=False),
)  # fmt: skip
async def tree(at: At, bead_id: str, *, direction: str, reverse: bool, deepest: int) -> Answer:
    """Show a bead with everything it depends on, and that on, as a tree."""
    own = await whole_id(at, bead_id)
    root = (await shape.bare(at, [own]))[0]
    nodes: list[dict[str, Any]] = [{**root, "depth": 0, "parent_id": "", "truncated": False}]
    ways = ("up",) if reverse or direction == "up" else ("down",) if direction == "down" else ("down", "up")
    for way in ways:
        await _grow(at, nodes, own, way, deepest)
    rows = (f"{'    ' * node['depth']}{shape.line_of(node)}" for node in nodes)
    return Answer(nodes, "\n".join(rows))


@command("cycles")
async def cycles(at: At) -> Answer:
    """List the rings of beads that wait for each other."""
    ids = [bead.id for bead in await everything(at)]
    links = await beads.links_from(at.tx, ids, BLOCKING_TYPES)
    found = find_cycles([Edge(link.bead_id, link.depends_on_id, link.type) for link in links], BLOCKING_TYPES)
    rows = [" → ".join(ring) for ring in found]
    return Answer([await shape.bare(at, ring[:-1]) for ring in found], "\n".join(rows) or "There are no cycles.")


async def _next(at: At, bead_id: str, direction: str) -> list[dict[str, Any]]:
    """The beads one step further, each with the type of the dependency."""
    if direction == "down":
        ends = {link.depends_on_id: link.type for link in await beads.links_from(at.tx, [bead_id])}
    else:
        ends = {link.bead_id: link.type for link in await beads.links_to(at.tx, [bead_id])}
    return [{**issue, "dependency_type": ends[issue["id"]]} for issue in await shape.bare(at, sorted(ends))]


async def _grow(at: At, nodes: list[dict[str, Any]], start: str, way: str, deepest: int) -> None:
    """Adds to `nodes` all that is reached from `start`, each once, below what led to it."""
    seen, stack = {start}, [(start, 0)]
    while stack:
        bead_id, depth = stack.pop()
        for other in reversed(await _next(at, bead_id, way)):
            if other["id"] not in seen and depth < deepest:
                seen.add(other["id"])
                place = next(at_ for at_, node in enumerate(nodes) if node["id"] == bead_id) + 1
                tied = {"edge_from_parent": other.pop("dependency_type"), "truncated": depth + 1 == deepest}
                nodes.insert(place, {**other, "depth": depth + 1, "parent_id": bead_id, **tied})
                stack.append((other["id"], depth + 1))
