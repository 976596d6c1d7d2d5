"""Ending beads: close, delete, and opening them again."""

from collections.abc import Awaitable, Callable
from typing import Any

from loom_app.bdcli import shape
from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import status_of, waiting, whole_id
from loom_app.bdcli.options import IDS, option
from loom_app.bdcli.texts import FROM_FILE
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import trying
from loom_app.kernel.errors import Conflict, LoomError

CLOSED = "Closed"
"""Why a bead was closed where nobody says."""


@command(
    "close", IDS,
    option("-r", "--reason", "--resolution", "-m", "--message", "--comment", "reason", help="Why."),
    option("--reason-file", type=FROM_FILE, help="Why, from a file, or - ."),
    option("-f", "--force", is_flag=True, help="Although it is pinned, blocked or has open children."),
    option("--suggest-next", is_flag=True, help="Name what became ready by it."),
    option("--session", default="", hidden=True, expose_value=False),
    writes=True,
)  # fmt: skip
async def close(
    at: At, ids: list[str], *, reason: str | None, reason_file: str | None, force: bool, suggest_next: bool
) -> Answer:
    """Close beads. What is closed already stays so."""
    why = BeadChange(reason=reason_file or reason or CLOSED).reason

    async def one(bead_id: str) -> None:
        bead = await beads.get(at.tx, bead_id, actor=at.actor)
        if bead.status == BeadStatus.DONE:
            return
        if not force:
            await _may_close(at, bead)
        await beads.set_status(at.tx, bead_id, BeadStatus.DONE, actor=at.actor, reason=why)

    before = await _behind(at, ids) if suggest_next else []
    answer = await _each(at, ids, one, "Closed")
    if not suggest_next:
        return answer
    still = await waiting(at, before)
    freed = [bead_id for bead_id in before if bead_id not in still]
    return Answer({"closed": answer.shown, "unblocked": await shape.bare(at, freed)}, answer.text, answer.code)


@command("reopen", IDS, option("-r", "--reason", default="", help="Why."), writes=True)
async def reopen(at: At, ids: list[str], *, reason: str) -> Answer:
    """Open closed beads again."""

    async def one(bead_id: str) -> None:
        await beads.set_status(at.tx, bead_id, BeadStatus.OPEN, actor=at.actor, reason=reason)

    return await _each(at, ids, one, "Reopened")


@command(
    "delete", IDS,
    option("-f", "--force", is_flag=True, help="Do it; without this only told what would be done."),
    option("--dry-run", is_flag=True, help="Only tell what would be done."),
    option("-r", "--reason", default="deleted", help="Why."),
    option("--cascade", is_flag=True, help="What waits for it, too."),
    writes="force",
)  # fmt: skip
async def delete(at: At, ids: list[str], *, force: bool, dry_run: bool, reason: str, cascade: bool) -> Answer:
    """Delete beads. Other copies of the file learn of it by a tombstone."""
    wanted = list(dict.fromkeys([await whole_id(at, text) for text in ids]))
    wanted += [bead_id for bead_id in await _all_behind(at, wanted) if bead_id not in wanted] if cascade else []
    if dry_run or not force:
        issues = await shape.plain(at, wanted)
        rows = "\n".join(map(shape.line_of, issues))
        return Answer({"would_delete": wanted, "dry_run": True}, f"These would be deleted; --force does it:\n{rows}")
    for bead_id in wanted:
        await beads.remove(at.tx, bead_id, actor=at.actor, reason=reason)
    shown = {"deleted": wanted[0] if len(wanted) == 1 else wanted, "deleted_count": len(wanted)}
    return Answer(shown, f"Deleted {', '.join(wanted)}.")


async def _each(at: At, ids: list[str], work: Callable[[str], Awaitable[None]], done: str) -> Answer:
    """Does `work` to every bead; those to which it could not be done are told of, and all of them raise."""
    changed: list[str] = []
    problems: list[tuple[str, LoomError]] = []
    for text in ids:
        try:
            bead_id = await whole_id(at, text)
            async with trying(at.tx):
                await work(bead_id)
            changed.append(bead_id)
        except LoomError as error:
            problems.append((text, error))
    if not changed:
        raise problems[0][1]
    issues: list[dict[str, Any]] = await shape.bare(at, list(dict.fromkeys(changed)))
    told = tuple(f"{text}: {error.message}" for text, error in problems)
    return Answer(issues, "\n".join(f"{done} {issue['id']}: {issue['title']}" for issue in issues), problems=told)


async def _may_close(at: At, bead: Bead) -> None:
    """Raises Conflict for a bead that is pinned or waits for others, and for an epic with open children."""
    if bead.pinned or status_of(bead) == "pinned":
        raise Conflict(f"cannot close {bead.id}: it is pinned (use --force to override)", code="bead_pinned")
    await beads.check_closable(at.tx, bead, at.actor)
    reasons = await beads.explain(at.tx, bead.id, at.actor)
    if reasons:
        why = "; ".join(reason.why for reason in reasons)
        raise Conflict(f"cannot close {bead.id}: it is blocked {why} (use --force to override)", code="bead_blocked")


async def _behind(at: At, ids: list[str]) -> list[str]:
    """The blocked beads that depend on one of `ids`."""
    links = await beads.links_to(at.tx, [await whole_id(at, text) for text in ids])
    return await waiting(at, {link.bead_id for link in links})


async def _all_behind(at: At, ids: list[str]) -> list[str]:
    """What depends on one of `ids`, and on that, and so on."""
    seen, ahead = dict.fromkeys(ids), list(ids)
    while ahead:
        ahead = [link.bead_id for link in await beads.links_to(at.tx, ahead) if link.bead_id not in seen]
        seen |= dict.fromkeys(ahead)
    return list(seen)
