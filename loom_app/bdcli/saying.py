"""What is said about beads: comment, comments, note."""

import click

from loom_app.bdcli import shape
from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import whole_id
from loom_app.bdcli.options import ID, option
from loom_app.bdcli.texts import FROM_FILE, from_input
from loom_app.beads import comments
from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadChange, CommentDraft
from loom_app.kernel.errors import Invalid

WORDS = click.Argument(["words"], nargs=-1)
FILE = option("-f", "--file", "text", type=FROM_FILE, help="The text from a file, or - .")
AUTHOR = option("-a", "--author", default="", hidden=True, expose_value=False)
INPUT = from_input("--stdin", help="The text from standard input.")


@command("comment", ID, WORDS, FILE, INPUT, AUTHOR, writes=True)
async def comment(at: At, bead_id: str, words: tuple[str, ...], *, text: str | None, stdin: str | None) -> Answer:
    """Say something about a bead."""
    return await _say(at, bead_id, words, text, stdin)


@command("add", ID, WORDS, FILE, INPUT, AUTHOR, writes=True)
async def add(at: At, bead_id: str, words: tuple[str, ...], *, text: str | None, stdin: str | None) -> Answer:
    """Say something about a bead."""
    return await _say(at, bead_id, words, text, stdin)


@command("comments", ID, option("--local-time", is_flag=True, hidden=True, expose_value=False))
async def list_(at: At, bead_id: str) -> Answer:
    """List what was said about a bead."""
    found = [shape.comment(said) for said in await comments.of_bead(at.tx, await whole_id(at, bead_id))]
    rows = (f"{said['author']} ({said['created_at']}): {said['text']}" for said in found)
    return Answer(found, "\n".join(rows) or "Nothing was said yet.")


@command("note", ID, WORDS, FILE, INPUT, writes=True)
async def note(at: At, bead_id: str, words: tuple[str, ...], *, text: str | None, stdin: str | None) -> Answer:
    """Put a text behind the notes of a bead."""
    own = await whole_id(at, bead_id)
    notes = [(await beads.get(at.tx, own)).notes, _text(words, text, stdin)]
    await beads.update(at.tx, own, BeadChange(notes="\n".join(filter(None, notes))), actor=at.actor)
    return Answer((await shape.bare(at, [own]))[0], f"Noted on {own}.")


async def _say(at: At, bead_id: str, words: tuple[str, ...], *texts: str | None) -> Answer:
    own, wanted = await whole_id(at, bead_id), CommentDraft(content=_text(words, *texts))
    said = await comments.add(at.tx, own, wanted.content, actor=at.actor)
    return Answer(shape.comment(said), f"Comment added to {own}.")


def _text(words: tuple[str, ...], *texts: str | None) -> str:
    text = next((text for text in texts if text is not None), " ".join(words))
    if not text.strip():
        raise Invalid("The text is empty; write it behind the id, or pass --file.", code="no_text")
    return text
