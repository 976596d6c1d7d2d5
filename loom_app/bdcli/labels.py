"""Labels: label add, remove, list, list-all."""

from collections import Counter

import click

from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import everything, whole_id, whole_ids
from loom_app.bdcli.options import ID
from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.errors import Invalid

SEVERAL = click.Argument(["words"], nargs=-1, required=True)


@command("add", SEVERAL, writes=True)
async def add(at: At, words: tuple[str, ...]) -> Answer:
    """Put a label, the last word, on beads."""
    return await _change(at, words, "added")


@command("remove", SEVERAL, writes=True)
async def remove(at: At, words: tuple[str, ...]) -> Answer:
    """Take a label, the last word, off beads."""
    return await _change(at, words, "removed")


@command("list", ID)
async def list_(at: At, bead_id: str) -> Answer:
    """List the labels of a bead."""
    tags = sorted((await beads.get(at.tx, await whole_id(at, bead_id), actor=at.actor)).tags)
    return Answer(tags, "\n".join(tags) or "It has no labels.")


@command("list-all")
async def all_(at: At) -> Answer:
    """List every label of the project with how many beads have it."""
    counts = sorted(Counter(tag for bead in await everything(at) for tag in bead.tags).items())
    shown = [{"label": tag, "count": number} for tag, number in counts]
    return Answer(shown, "\n".join(f"{tag} ({number})" for tag, number in counts) or "There are no labels.")


async def _change(at: At, words: tuple[str, ...], done: str) -> Answer:
    *ids, label = words
    if not ids:
        raise Invalid("A label needs a bead: ID … LABEL.", code="usage")
    wanted = await whole_ids(at, ids)
    for bead_id in wanted:
        present = (await beads.get(at.tx, bead_id, actor=at.actor)).tags
        tags = [*present, label] if done == "added" else [tag for tag in present if tag != label]
        await beads.update(at.tx, bead_id, BeadChange(tags=tags), actor=at.actor)
    shown = [{"status": done, "issue_id": bead_id, "label": label} for bead_id in wanted]
    return Answer(shown, f"Label {label} {done}: {', '.join(wanted)}.")
