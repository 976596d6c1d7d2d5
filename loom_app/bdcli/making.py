"""Making beads: create and q."""

from collections.abc import Iterable
from typing import Any

import click

from loom_app.bdcli import shape
from loom_app.bdcli.command import Answer, At, OnlyTried, command
from loom_app.bdcli.finding import other_end, whole_id
from loom_app.bdcli.options import MOMENT, PRIORITY, option, several
from loom_app.bdcli.texts import DESCRIPTION, FIELDS, FROM_FILES, long_texts, read
from loom_app.beadfiles.jsontext import NotJson, load
from loom_app.beads import service as beads
from loom_app.beads.dependencies import EXTERNAL
from loom_app.beads.graph import BLOCKS
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid

TYPES = {
    "enhancement": "feature", "feat": "feature", "dec": "decision", "adr": "decision", "investigation": "spike",
    "timebox": "spike", "user-story": "story", "ms": "milestone",
}  # fmt: skip
"""Short names of types."""
MAKES = (
    option("-p", "--priority", type=PRIORITY, default="2", help="0 to 4, 0 the most urgent."),
    option("-t", "--type", "kind", default="task", help="bug, feature, task, epic, chore, decision, …"),
    several("-l", "--labels", "--label", "tags", help="Labels, between commas."),
)


@command(
    "create", click.Argument(["title"], required=False), *MAKES, *DESCRIPTION, *FIELDS, *FROM_FILES,
    option("--title", "titled", help="The title, in place of the argument."),
    option("--parent", help="The bead it is a part of; its id then begins with that one's."),
    several("--deps", help="Beads it is tied to: `type:id` or `id`; `blocks:id` means that one waits for this."),
    option("--id", "bead_id", help="The id it shall have."),
    option("-a", "--assignee", default="", help="Who shall do it."),
    option("-e", "--estimate", type=click.IntRange(min=0), help="Minutes."),
    option("--due", type=MOMENT, help="When it is to be done."),
    option("--defer", type=MOMENT, help="Until when it is put off."),
    option("--external-ref", default="", help="What it is elsewhere, such as gh-9."),
    option("--metadata", default="", help="A JSON object, or @file."),
    option("--ephemeral", is_flag=True, help="Not to be kept for long, nor given to an agent."),
    option("--no-inherit-labels", is_flag=True, help="Without the labels of its parent."),
    option("--dry-run", is_flag=True, help="Only tell what would be made."),
    option("--silent", is_flag=True, help="Only print the id."),
    option("--force", is_flag=True, hidden=True, expose_value=False),
    writes=True,
)  # fmt: skip
async def create(at: At, *, dry_run: bool, silent: bool, **given: Any) -> Answer:
    """Make a bead."""
    made = await _make(at, given)
    issue = (await shape.bare(at, [made]))[0]
    if dry_run:
        issue["id"] = given["bead_id"] or ""
        raise OnlyTried(Answer({**issue, "dry_run": True}, f"It would be made:\n{shape.line_of(issue)}"))
    return Answer(issue, made if silent else f"Created {shape.line_of(issue)}")


@command("q", click.Argument(["title"]), *MAKES, writes=True)
async def quick(at: At, *, title: str, priority: int, kind: str, tags: list[str]) -> Answer:
    """Make a bead and print its id alone."""
    wanted = beads.draft(title=title, project_id=at.project.id, type=kind_of(kind), priority=priority, tags=tags)
    made = (await beads.create(at.tx, wanted, actor=at.actor)).id
    return Answer({"id": made}, made)


async def _make(at: At, given: dict[str, Any]) -> str:
    """The id of the bead that the options describe, made."""
    parent = await whole_id(at, given["parent"]) if given["parent"] else None
    ties = [await _tie(at, text) for text in given["deps"]]
    put_off = given["defer"] is not None and given["defer"] > now()
    wanted = beads.draft(
        title=_title(given), project_id=at.project.id, type=kind_of(given["kind"]), priority=given["priority"],
        tags=await _tags(at, given, parent), parent=parent, assigned_to=given["assignee"],
        estimated_time=given["estimate"], due_date=given["due"], defer_until=given["defer"],
        external_ref=given["external_ref"], context=metadata(given["metadata"]), **long_texts(given),
        **({"ephemeral": True} if given["ephemeral"] else {}),
    )  # fmt: skip
    bead_id = given["bead_id"] or (await child_id(at, parent) if parent else "")
    bead = await beads.create(at.tx, wanted, actor=at.actor, bead_id=bead_id)
    for type_, other in ties:
        ends = (other, bead.id) if type_ == BLOCKS else (bead.id, other)
        await beads.add_dependency(at.tx, *ends, type_ or BLOCKS, actor=at.actor)
    if put_off:
        await beads.set_status(at.tx, bead.id, "deferred", actor=at.actor)
    return bead.id


def _title(given: dict[str, Any]) -> str:
    title, titled = given["title"], given["titled"]
    if title and titled and title != titled:
        raise Invalid(f"The title is given twice: {title!r} and --title {titled!r}.", code="two_titles")
    if not title and not titled:
        raise Invalid("title required: pass it as the argument or with --title.", code="no_title")
    return str(title or titled)


async def _tags(at: At, given: dict[str, Any], parent: str | None) -> list[str]:
    """The labels that are named, and those of the parent."""
    inherited = (await beads.get(at.tx, parent)).tags if parent and not given["no_inherit_labels"] else []
    return list(dict.fromkeys([*given["tags"], *inherited]))


async def child_id(at: At, parent: str) -> str:
    """The next free id of a child: its parent's, a dot and a number."""
    known = await beads.ids_below(at.tx, parent)
    numbers = [int(tail) for tail in (bead_id.removeprefix(f"{parent}.") for bead_id in known) if tail.isdecimal()]
    return f"{parent}.{max(numbers, default=0) + 1}"


async def _tie(at: At, text: str) -> tuple[str, str]:
    """The type, empty where none is named, and the other end of one entry of --deps."""
    type_, _, other = ("", "", text) if text.startswith(EXTERNAL) or ":" not in text else text.partition(":")
    return type_.strip(), await other_end(at, other.strip())


def kind_of(name: str) -> str:
    """The type that a name or short name means."""
    return TYPES.get(name, name)


def metadata(text: str) -> dict[str, Any]:
    """A JSON object from a text, or from the file that a text @FILE names. Raises Invalid."""
    text = read(text[1:]) if text.startswith("@") else text
    try:
        found = load(text or "{}")
    except NotJson as error:
        raise Invalid(f"invalid JSON in --metadata: {error}.", code="bad_metadata") from error
    if not isinstance(found, dict):
        raise Invalid("--metadata must be a JSON object.", code="bad_metadata")
    return found


def sets(pairs: Iterable[str]) -> dict[str, str]:
    """`key=value` pairs. Raises Invalid."""
    parted = [pair.partition("=") for pair in pairs]
    if any(not key or not equals for key, equals, _ in parted):
        raise Invalid("--set-metadata takes KEY=VALUE.", code="bad_metadata")
    return {key: value for key, _, value in parted}
