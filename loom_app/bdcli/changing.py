"""Changing beads: update, and taking one to work on."""

from typing import Any

import click

from loom_app.bdcli import shape
from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import status_of, whole_id
from loom_app.bdcli.making import kind_of, metadata, sets
from loom_app.bdcli.options import IDS, MOMENT, PRIORITY, option, several
from loom_app.bdcli.texts import DESCRIPTION, FIELDS, FROM_FILES, long_texts
from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import trying
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, LoomError

COLUMNS = {
    "title": "title", "priority": "priority", "assignee": "assigned_to", "estimate": "estimated_time",
    "external_ref": "external_ref", "owner": "owner",
}  # fmt: skip
"""Option → column, where the value is taken as it is."""


@command(
    "update", IDS, *DESCRIPTION, *FIELDS, *FROM_FILES,
    option("--title", help="Another title."),
    option("-s", "--status", help="open, in_progress, blocked, deferred, closed, …"),
    option("-p", "--priority", type=PRIORITY, help="0 to 4, 0 the most urgent."),
    option("-t", "--type", "kind", help="Another type."),
    option("-a", "--assignee", help="Who shall do it; empty for nobody."),
    option("-e", "--estimate", type=click.IntRange(min=0), help="Minutes."),
    option("--due", "due_date", help="When it is to be done; empty for no date."),
    option("--defer", "defer_until", help="Until when it is put off; empty for not at all."),
    option("--external-ref", help="What it is elsewhere."),
    option("--append-notes", help="A text to put behind the notes."),
    option("--parent", help="The bead it is a part of; empty for none."),
    several("--add-label", help="Labels to add."),
    several("--remove-label", help="Labels to take away."),
    several("--set-labels", help="Labels in place of all there are."),
    option("--metadata", help="A JSON object in place of the metadata, or @file."),
    option("--set-metadata", multiple=True, help="KEY=VALUE to put into the metadata."),
    option("--unset-metadata", multiple=True, help="A key to take out of the metadata."),
    option("--claim", is_flag=True, help="Take it: in progress and yours, if it is free."),
    writes=True,
)  # fmt: skip
async def update(at: At, ids: list[str], *, claim: bool, **given: Any) -> Answer:
    """Change beads: what is named, of every bead that is named."""
    given |= long_texts(given)
    changed, problems = [], []
    for text in ids:
        try:
            bead_id = await whole_id(at, text)
            async with trying(at.tx):
                if claim:
                    await take(at, bead_id)
                await _change(at, bead_id, given)
            changed.append(bead_id)
        except LoomError as error:
            problems.append((text, error))
    if not changed:
        raise problems[0][1]
    issues = await shape.bare(at, list(dict.fromkeys(changed)))
    told = tuple(f"updating {text}: {error.message}" for text, error in problems)
    return Answer(issues, "\n".join(f"Updated {shape.line_of(issue)}" for issue in issues), problems=told)


async def take(at: At, bead_id: str) -> str:
    """Gives the bead to the one who acts, who works on it from now on; answers its id. What is theirs stays so.

    Raises Conflict when another has it, or it waits for something.
    """
    bead = await beads.get(at.tx, bead_id, actor=at.actor)
    if bead.assigned_to == at.actor.name and bead.status == "in_progress":
        return bead_id
    if bead.assigned_to and bead.assigned_to != at.actor.name:
        raise Conflict(f"{bead_id} is already claimed by {bead.assigned_to}.", code="already_claimed")
    await beads.start(at.tx, bead_id, holder=at.actor.name, actor=at.actor)
    return bead_id


async def _change(at: At, bead_id: str, given: dict[str, Any]) -> None:
    bead = await beads.get(at.tx, bead_id, actor=at.actor)
    wanted: dict[str, Any] = {column: given[name] for name, column in COLUMNS.items() if given.get(name) is not None}
    texts = ("description", "design", "acceptance_criteria", "notes")
    wanted |= {name: given[name] for name in texts if given.get(name) is not None}
    if given["append_notes"]:
        wanted["notes"] = "\n".join(filter(None, [wanted.get("notes", bead.notes), given["append_notes"]]))
    if given["kind"]:
        wanted["type"] = kind_of(given["kind"])
    if given["parent"] is not None:
        wanted["parent"] = await whole_id(at, given["parent"]) if given["parent"] else None
    wanted |= _moments(given)
    wanted |= _labels(given, bead.tags)
    wanted |= _metadata(given, bead.context)
    status = given["status"] or _status_of_delay(wanted, bead)
    if status:
        wanted["status"] = status
    if wanted:
        await beads.update(at.tx, bead_id, BeadChange(**wanted), actor=at.actor)


def _moments(given: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in ("due_date", "defer_until") if given[name] is not None]
    return {name: MOMENT.convert(given[name], None, None) for name in names}


def _labels(given: dict[str, Any], present: list[str]) -> dict[str, Any]:
    if not (given["set_labels"] or given["add_label"] or given["remove_label"]):
        return {}
    kept = [*(given["set_labels"] or present), *given["add_label"]]
    return {"tags": [tag for tag in dict.fromkeys(kept) if tag not in given["remove_label"]]}


def _metadata(given: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    if given["metadata"] is None and not given["set_metadata"] and not given["unset_metadata"]:
        return {}
    whole = present if given["metadata"] is None else metadata(given["metadata"])
    whole = {**whole, **sets(given["set_metadata"])}
    return {"context": {key: value for key, value in whole.items() if key not in given["unset_metadata"]}}


def _status_of_delay(wanted: dict[str, Any], bead: Any) -> str:
    """What is put off is deferred, and open again when it is put off no more."""
    until = wanted.get("defer_until", bead.defer_until)
    if "defer_until" in wanted and until and until > now() and bead.status == "open":
        return "deferred"
    return "open" if "defer_until" in wanted and not until and status_of(bead) == "deferred" else ""
