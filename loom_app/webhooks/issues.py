"""An issue of GitHub's and its bead: made once, kept alike from then on, in whatever order deliveries come."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import comments
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.ready import PERSON_TAG
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import trying
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects.models import Project
from loom_app.pullrequests.reading import run_in
from loom_app.webhooks import repository, triage
from loom_app.webhooks.models import GitHubThing, HookRules
from loom_app.webhooks.payload import Issue, Said

OPENED, GONE = "opened", "gone"
LATEST = "latest"
"""Under which the newest texts of a closed issue wait for its opening to be told late."""


async def hear(tx: AsyncSession, project: Project, issue: Issue, action: str, rules: HookRules, *, actor: Actor) -> str:
    """Takes over how the issue stands; the id of its bead, "" for none. What is older than what is known is left."""
    thing = await repository.thing(tx, project.id, issue.ref)
    bead = await _bead_of(tx, thing)
    if thing is None or not thing.bead_id:
        return await _first(tx, project, issue, action, rules, thing, actor)
    if bead is None or not _is_news(thing, issue, action):
        return thing.bead_id if bead else ""
    await _take_over(tx, thing, bead, issue, rules, actor)
    return bead.id


async def hear_comment(
    tx: AsyncSession, project: Project, issue: Issue, said: Said, action: str, *, actor: Actor
) -> None:
    """Says on the issue's bead what was said on GitHub; once, and changed or taken away as it was there.

    What agents said there through Loom stands here already.
    """
    of_issue = await repository.thing(tx, project.id, issue.ref)
    bead = await _bead_of(tx, of_issue)
    if bead is None or run_in(said.text):
        return
    thing = await repository.thing(tx, project.id, said.ref)
    if thing is not None and (thing.state == GONE or thing.seen_at > said.updated_at):
        return
    gone = action == "deleted"
    if thing is None:
        written = "" if gone else await _remark(tx, bead, triage.comment(said), actor)
    else:
        written = await _say_again(tx, thing.comment_id, said, gone=gone, actor=actor)
    await repository.keep(tx, GitHubThing(
        project_id=project.id, ref=said.ref, bead_id=bead.id, comment_id=written, seen_at=said.updated_at,
        state="open" if written else GONE,
    ))  # fmt: skip


async def _first(
    tx: AsyncSession, project: Project, issue: Issue, action: str, rules: HookRules, thing: GitHubThing | None,
    actor: Actor,
) -> str:  # fmt: skip
    """An issue without a bead gets one while it is open, or when its opening is told late."""
    if rules.issues == "off" or (rules.issues == "members" and not issue.trusted):
        return ""
    was_closed = thing is not None and thing.state == "closed" and thing.seen_at >= issue.updated_at
    if not issue.is_open and action != OPENED:
        await _keep(tx, project.id, issue, "", {LATEST: triage.fields(issue)}, issue.updated_at)
        return ""
    if was_closed and action != OPENED:
        return ""
    fields = thing.written.get(LATEST) if thing is not None and was_closed else None
    fields = fields or triage.fields(issue)
    bead = await _adopted(tx, project, issue) or await _made(tx, project, issue, fields, actor)
    seen = max(issue.updated_at, thing.seen_at) if thing else issue.updated_at
    written = triage.marks(fields)
    await _keep(tx, project.id, issue, bead.id, written, seen, closed=was_closed)
    if was_closed or not issue.is_open:
        await _close(tx, bead, issue, actor)
    return bead.id


async def _made(tx: AsyncSession, project: Project, issue: Issue, fields: dict[str, Any], actor: Actor) -> Bead:
    about = {"ref": issue.ref, "number": issue.number, "url": issue.url, "author": issue.author}
    wanted = beads.draft(
        **fields, project_id=project.id, external_ref=issue.url[:200] or issue.ref,
        context={"github": {**about, "author_is_member": issue.trusted, "untrusted": True}},
    )  # fmt: skip
    return await beads.create(tx, wanted, actor=actor)


async def _adopted(tx: AsyncSession, project: Project, issue: Issue) -> Bead | None:
    """The bead that tells already that it is this issue, such as one that came with the bead file."""
    bead_id = await repository.bead_with_ref(tx, project.id, (issue.url, issue.ref, f"gh-{issue.number}"))
    return await tx.get(Bead, bead_id) if bead_id else None


async def _take_over(
    tx: AsyncSession, thing: GitHubThing, bead: Bead, issue: Issue, rules: HookRules, actor: Actor
) -> None:
    wanted, values = triage.fields(issue), bead.model_dump()
    changes = triage.untouched(values, wanted, thing.written)
    if changes:
        with suppress(Conflict):  # while somebody holds it; what was written stays known as before
            async with trying(tx):
                await beads.update(tx, bead.id, BeadChange(**changes), actor=actor)
    same = {name: getattr(bead, name) for name in wanted if getattr(bead, name) == wanted[name]}
    written = thing.written | triage.marks(same)
    before, state = thing.state, "open" if issue.is_open else "closed"
    thing.state, thing.seen_at, thing.written = state, issue.updated_at, written
    if before == "open" and state == "closed":
        await (_close if rules.on_close == "close" else _tell_closed)(tx, bead, issue, actor)
    elif before == "closed" and state == "open":
        await _reopen(tx, bead, issue, actor)


async def _close(tx: AsyncSession, bead: Bead, issue: Issue, actor: Actor) -> None:
    """Closes the bead, unless somebody works on it or something else keeps it open: that is only told."""
    if bead.status == BeadStatus.DONE:
        return
    if bead.status == BeadStatus.IN_PROGRESS:
        await _tell_closed(tx, bead, issue, actor)
        return
    why = f"{actor.name} closed {issue.ref}{f' as {issue.closed_as}' if issue.closed_as else ''}."
    try:
        async with trying(tx):
            await beads.update(tx, bead.id, BeadChange(status=BeadStatus.DONE, reason=why), actor=actor)
    except (Conflict, Invalid):
        await _tell_closed(tx, bead, issue, actor)


async def _tell_closed(tx: AsyncSession, bead: Bead, issue: Issue, actor: Actor) -> None:
    text = f"{issue.ref} was closed on GitHub. This bead stands where it stood: close it, or go on."
    await _remark(tx, bead, text, actor)


async def _reopen(tx: AsyncSession, bead: Bead, issue: Issue, actor: Actor) -> None:
    """Opens a bead that is done; an outsider's waits for a person once more."""
    if bead.status != BeadStatus.DONE:
        return
    if not issue.trusted and PERSON_TAG not in bead.tags:
        await beads.update(tx, bead.id, BeadChange(tags=[*bead.tags, PERSON_TAG]), actor=actor)
    why = f"{actor.name} opened {issue.ref} again."
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=actor, reason=why, restart=True)


async def _say_again(tx: AsyncSession, comment_id: str, said: Said, *, gone: bool, actor: Actor) -> str:
    """Changes the comment here, or takes it away; one that people took away stays away."""
    known = await repository.comment(tx, comment_id)
    if known is None:
        return ""
    author = Actor(actor.kind, known.author_id, known.author, actor.permissions)
    if gone:
        await comments.remove(tx, comment_id, actor=author)
        return ""
    await comments.edit(tx, comment_id, triage.comment(said), actor=author)
    return comment_id


async def _remark(tx: AsyncSession, bead: Bead, text: str, actor: Actor) -> str:
    try:
        return (await comments.add(tx, bead.id, text, actor=actor)).id
    except Conflict:  # the bead has as many comments as it may
        return ""


async def _bead_of(tx: AsyncSession, thing: GitHubThing | None) -> Bead | None:
    """The bead, to be changed; None when it was deleted or went to another project."""
    if thing is None or not thing.bead_id:
        return None
    bead = await tx.get(Bead, thing.bead_id, populate_existing=True, with_for_update=True)
    usable = bead is not None and bead.project_id == thing.project_id and bead.source_status != TOMBSTONE
    return bead if usable else None


def _is_news(thing: GitHubThing, issue: Issue, action: str) -> bool:
    """Moments on GitHub are whole seconds: of two at the same one the opening was first."""
    return issue.updated_at > thing.seen_at or (issue.updated_at == thing.seen_at and action != OPENED)


async def _keep(
    tx: AsyncSession, project_id: str, issue: Issue, bead_id: str, written: dict[str, Any], seen: datetime, *,
    closed: bool = False,
) -> None:  # fmt: skip
    state = "closed" if closed or not issue.is_open else "open"
    row = GitHubThing(project_id=project_id, ref=issue.ref, bead_id=bead_id, state=state, seen_at=seen, written=written)
    await repository.keep(tx, row)
