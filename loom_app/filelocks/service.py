"""Taking, renewing and giving back locks on a project's paths."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.events.service import append
from loom_app.filelocks import repository
from loom_app.filelocks.models import FileLock
from loom_app.filelocks.paths import normalised
from loom_app.filelocks.schemas import LockDraft
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import ahead, now, rfc3339
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.projects import service as projects

TAKING = 0xF11E
MOST_LOCKS = 2_000
"""In one project."""


async def take(tx: AsyncSession, wanted: LockDraft, *, seconds: float, actor: Actor) -> tuple[FileLock, bool]:
    """The lock, held for `seconds` from now, and whether it is new; one's own is renewed.

    Raises NotFound for an unknown project, agent or bead, Invalid for a bad path or what belongs to another project,
    Conflict (code `file_locked`) while somebody else holds the path, a folder it is in or something in it.
    """
    await projects.get(tx, wanted.project_id, actor=actor)
    path, holder = normalised(wanted.file_path), await _holder(tx, wanted, actor)
    await _check_bead(tx, wanted, actor)
    await one_at_a_time(tx, TAKING)
    taken = await repository.in_the_way(tx, wanted.project_id, path, holder)
    if taken is not None:
        raise await _held(tx, taken, path, actor)
    there = await repository.drop_expired(tx, wanted.project_id)
    lock = await repository.at(tx, wanted.project_id, path)
    if lock is not None:
        lock.bead_id, lock.expires_at = wanted.bead_id or lock.bead_id, ahead(seconds)
        return lock, False
    if there >= MOST_LOCKS:
        raise Conflict(f"{wanted.project_id} has {there} locks, the most there may be.", code="too_many_locks")
    lock = FileLock(
        project_id=wanted.project_id, file_path=path, agent_id=holder, bead_id=wanted.bead_id, locked_at=now(),
        expires_at=ahead(seconds),
    )  # fmt: skip
    tx.add(lock)
    await tx.flush()
    _tell(tx, "file.locked", lock, actor)
    return lock, True


async def give_back(tx: AsyncSession, project_id: str, path: str, *, agent_id: str, actor: Actor) -> None:
    """Ends the lock that `agent_id` (empty: the asker) holds. Administrators of beads end anybody's.

    Raises NotFound when nobody holds the path, Conflict when somebody else than `agent_id` does, Forbidden for the lock
    of another person.
    """
    await projects.get(tx, project_id, actor=actor)
    holder = actor.id if agent_id in ("", actor.name) else agent_id
    lock = await repository.at(tx, project_id, normalised(path))
    if lock is None or lock.expires_at <= now():
        raise NotFound(
            f"Nobody holds {path[:200]!r} in {project_id}. GET /api/v1/file-locks?project_id={project_id} lists what "
            "is held.",
            code="lock_not_found",
        )
    if lock.agent_id != holder:
        raise await _held(tx, lock, lock.file_path, actor)
    if holder != actor.id and not actor.may("beads:admin") and not await agents.called(tx, project_id, holder):
        raise Forbidden("Another person holds this lock; they or an administrator end it.", code="not_yours")
    await _end(tx, lock, actor)


async def give_back_all(tx: AsyncSession, bead_id: str, holder: str, *, actor: Actor) -> None:
    """Ends every lock that `holder` has for a bead, when the work on it ends."""
    for lock in await repository.of_work(tx, bead_id, holder):
        await _end(tx, lock, actor)


async def _end(tx: AsyncSession, lock: FileLock, actor: Actor) -> None:
    await tx.delete(lock)
    if lock.expires_at > now():
        _tell(tx, "file.unlocked", lock, actor)


async def _holder(tx: AsyncSession, wanted: LockDraft, actor: Actor) -> str:
    if wanted.agent_id in ("", actor.id, actor.name):
        return actor.id
    agent = await agents.get(tx, wanted.agent_id, actor=actor)
    if agent.project_id != wanted.project_id:
        raise Invalid(
            f"{agent.name} ({agent.id}) works for the project {agent.project_id!r}, not for {wanted.project_id!r}.",
            code="agent_elsewhere",
        )
    return agent.id


async def _check_bead(tx: AsyncSession, wanted: LockDraft, actor: Actor) -> None:
    if wanted.bead_id and (await beads.get(tx, wanted.bead_id, actor=actor)).project_id != wanted.project_id:
        raise Invalid(
            f"{wanted.bead_id} is a bead of another project than {wanted.project_id!r}.", code="bead_elsewhere"
        )


async def _held(tx: AsyncSession, lock: FileLock, path: str, actor: Actor) -> Conflict:
    who = (await beads.names(tx, [lock.agent_id], actor)).told(lock.agent_id)
    until, over = rfc3339(lock.expires_at), f", which overlaps {path}," if lock.file_path != path else ""
    work = f" for {lock.bead_id}" if lock.bead_id else ""
    return Conflict(
        f"{lock.file_path}{over} is locked by {who}{work} until {until}. Wait for that or work on something else.",
        code="file_locked",
        file_path=lock.file_path,
        agent_id=lock.agent_id,
        bead_id=lock.bead_id,
        expires_at=until,
    )


def _tell(tx: AsyncSession, type_: str, lock: FileLock, actor: Actor) -> None:
    data = {"file_path": lock.file_path, "agent_id": lock.agent_id, "bead_id": lock.bead_id}
    data["expires_at"] = rfc3339(lock.expires_at)
    append(tx, type_, actor=actor, project_id=lock.project_id, subject_id=lock.bead_id or lock.project_id, data=data)
