"""What people and agents say about a bead: comments with replies and mentions."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.lookup import get_to_change, touch
from loom_app.beads.models import Bead, Comment
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id

MENTION = re.compile(r"(?<![\w@])@([A-Za-z0-9_-]+)")
MOST_COMMENTS = 2_000
"""On one bead."""
LONGEST_TOLD = 500


def mentions(text: str) -> list[str]:
    """The names behind an @, each once, in order."""
    return list(dict.fromkeys(MENTION.findall(text)))


async def of_bead(tx: AsyncSession, bead_id: str) -> Sequence[Comment]:
    """The comments on a bead, oldest first."""
    query = select(Comment).where(col(Comment.bead_id) == bead_id)
    return (await tx.execute(query.order_by(col(Comment.created_at), col(Comment.id)))).scalars().all()


async def look(tx: AsyncSession, comment_id: str, actor: Actor) -> None:
    """Raises NotFound, in the same words, for one that is not there and for one on a bead `actor` does not see."""
    said = await tx.get(Comment, comment_id)
    bead = await tx.get(Bead, said.bead_id) if said is not None else None
    if bead is None or not actor.sees(bead.project_id):
        raise no_such_comment(comment_id)


async def add(tx: AsyncSession, bead_id: str, content: str, *, actor: Actor, parent_id: str | None = None) -> Comment:
    """A new comment, or with `parent_id` an answer to one on the same bead.

    Raises NotFound for an unknown bead, Invalid for a parent that is not there, Conflict for one comment too many.
    """
    bead = await get_to_change(tx, bead_id, actor)
    await _check_parent(tx, bead_id, parent_id)
    total = await tx.execute(select(func.count()).select_from(Comment).where(col(Comment.bead_id) == bead_id))
    if total.scalar_one() >= MOST_COMMENTS:
        raise Conflict(
            f"{bead_id} has {MOST_COMMENTS} comments, the most there may be. Go on in a new bead that depends on it.",
            code="too_many_comments",
        )
    said = Comment(
        id=new_id("cmt"), bead_id=bead_id, parent_id=parent_id, author_id=actor.id, author=actor.name, content=content
    )
    tx.add(said)
    _told(tx, "created", bead, said, actor)
    return said


async def edit(tx: AsyncSession, comment_id: str, content: str, *, actor: Actor) -> Comment:
    """The comment with another text. Raises NotFound, and Forbidden for one that somebody else wrote."""
    said, bead = await _own(tx, comment_id, actor)
    if said.content != content:
        said.content, said.edited, said.updated_at = content, True, now()
        _told(tx, "updated", bead, said, actor)
    return said


async def remove(tx: AsyncSession, comment_id: str, *, actor: Actor) -> None:
    """Takes a comment away with its answers. Raises NotFound, and Forbidden for one that somebody else wrote."""
    said, bead = await _own(tx, comment_id, actor)
    await tx.delete(said)
    _told(tx, "deleted", bead, said, actor)


def tree(comments: Sequence[Comment]) -> list[dict[str, Any]]:
    """Comments as the API shows them, each with its answers under `replies`."""
    shown = {said.id: as_json(said) for said in comments}
    for said in comments:
        if said.parent_id in shown:
            shown[said.parent_id]["replies"].append(shown[said.id])
    return [shown[said.id] for said in comments if said.parent_id not in shown]


def as_json(said: Comment) -> dict[str, Any]:
    """One comment as the API shows it."""
    return {
        "id": said.id, "bead_id": said.bead_id, "parent_id": said.parent_id, "author_id": said.author_id,
        "author_username": said.author, "content": said.content, "created_at": said.created_at,
        "updated_at": said.updated_at, "edited": said.edited, "mentions": mentions(said.content), "replies": [],
    }  # fmt: skip


async def _check_parent(tx: AsyncSession, bead_id: str, parent_id: str | None) -> None:
    parent = await tx.get(Comment, parent_id) if parent_id else None
    if parent_id and (parent is None or parent.bead_id != bead_id):
        raise Invalid(
            f"{bead_id} has no comment {parent_id[:100]!r} to answer; it may have been deleted meanwhile.",
            code="comment_not_found",
        )


async def _own(tx: AsyncSession, comment_id: str, actor: Actor) -> tuple[Comment, Bead]:
    """A comment that `actor` may change, with its bead, both locked."""
    said = await tx.get(Comment, comment_id, with_for_update=True)
    if said is None:
        raise no_such_comment(comment_id)
    if said.author_id != actor.id and not actor.may("beads:admin"):
        raise Forbidden(
            f"{said.author or 'Somebody else'} wrote this comment; only they can change it.", code="not_yours"
        )
    return said, await get_to_change(tx, said.bead_id, actor)


def no_such_comment(comment_id: str) -> NotFound:
    """The refusal for an unknown comment."""
    return NotFound(
        f"There is no comment {comment_id[:100]!r}. GET /api/v1/beads/{{bead_id}}/comments lists those of a bead.",
        code="comment_not_found",
    )


def _told(tx: AsyncSession, what: str, bead: Bead, said: Comment, actor: Actor) -> None:
    """The event of a change; the bead counts as changed, since its file does."""
    touch(bead)
    data = {
        "comment_id": said.id, "parent_id": said.parent_id, "author": said.author,
        "content": said.content[:LONGEST_TOLD], "mentions": mentions(said.content),
    }  # fmt: skip
    append(tx, f"bead.comment_{what}", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
