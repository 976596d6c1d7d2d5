"""What personas said before: one revision for each change, also for those that were made on disk."""

from difflib import unified_diff
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.errors import LoomError, NotFound
from loom_app.personas import folder, repository, service
from loom_app.personas.models import Cause, Persona, PersonaRevision

LOCK = 0x10_9E
MOST = 200
"""How many revisions of a persona are kept."""


async def seen(tx: AsyncSession, name: str) -> PersonaRevision:
    """The revision that stands in the persona's file; recorded now when the disk has something new.

    Needs a write transaction. Raises NotFound when there is no file.
    """
    path = service.path_of(name)
    name = "/".join(folder.parts(name))
    last = await repository.newest(tx, name)
    if last is not None and last.digest == service.text_of(path)[1]:
        return last
    await alone(tx)  # whoever writes now has both the file and its row in place before the next two lines
    last = await repository.newest(tx, name)
    text, digest = service.text_of(path)
    if last is not None and last.digest == digest:
        return last
    made = PersonaRevision(
        persona=name, number=last.number + 1 if last else 1, text=text, digest=digest, problem=_problem(path),
        cause=Cause.DISK if last else Cause.FOUND, author_id=SYSTEM.id, author=SYSTEM.name,
    )  # fmt: skip
    await keep(tx, made, actor=SYSTEM)
    return made


async def looked(db: Database, name: str) -> PersonaRevision | None:
    """The revision that stands in the persona's file, as `seen`, which is only asked when the disk has something new.

    None when the file is gone and only its revisions are left. Raises NotFound when there is neither.
    """
    known = "/".join(folder.parts(name))
    async with db.read() as tx:
        last = await repository.newest(tx, known)
    try:
        digest = service.text_of(service.path_of(known))[1]
    except NotFound:
        if last is None:
            raise
        return None
    if last is not None and last.digest == digest:
        return last
    async with db.write() as tx:
        return await seen(tx, known)


async def seen_all(db: Database) -> dict[str, int]:
    """Persona → the number of the revision in its file, once what the disk has anew is recorded."""
    async with db.read() as tx:
        known = {name: (row.number, row.digest) for name, row in (await repository.heads(tx)).items()}
    every = service.shelf()
    stale = [one.name for one in every if known.get(one.name, (0, ""))[1] != service.text_of(one.path)[1]]
    if stale:
        async with db.write() as tx:
            for name in stale:
                revision = await seen(tx, name)
                known[name] = (revision.number, revision.digest)
    return {name: number for name, (number, _) in known.items()}


async def in_use(tx: AsyncSession, name: str) -> tuple[Persona, int]:
    """What an agent of the persona works by, and the number of that revision.

    While its file is broken or gone, that is the last one that was sound. Needs a write transaction. Raises what
    `service.get_persona` raises when there never was one.
    """
    try:
        current = await seen(tx, name)
    except NotFound:
        current = None
    if current is None or current.problem:
        current = await repository.newest(tx, "/".join(folder.parts(name)), sound=True)
    if current is None:
        return service.get_persona(name), 0
    return service.parsed(name, current.text), current.number


async def alone(tx: AsyncSession) -> None:
    """Has whoever else changes or records personas wait until `tx` ends."""
    await one_at_a_time(tx, LOCK)


async def keep(tx: AsyncSession, made: PersonaRevision, *, actor: Actor) -> None:
    """Stores a revision and tells of it, unless it is only the first look at a file."""
    tx.add(made)
    await tx.flush()
    await repository.forget(tx, made.persona, made.number - MOST)
    if made.cause == Cause.FOUND:
        return
    type_ = "persona.created" if made.cause in (Cause.CREATED, Cause.CLONED) else "persona.updated"
    data = {"name": made.persona, "revision": made.number, "cause": made.cause, "problem": made.problem}
    append(tx, type_, actor=actor, subject_id=made.persona, data=data)


async def get(tx: AsyncSession, name: str, number: int) -> PersonaRevision:
    """One revision with its text. Raises NotFound."""
    name = "/".join(folder.parts(name))
    found = await repository.one(tx, name, number)
    if found is None:
        raise NotFound(
            f"{name} has no revision {number}, or it is too old to be kept. GET /api/v1/personas/{name}/revisions "
            "lists them.",
            code="revision_not_found",
        )
    return found


def diff(before: str, after: str, name: str) -> str:
    """What became of a file, as git writes it; empty for no change."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}/{folder.FILE}", f"b/{name}/{folder.FILE}", lineterm=""
    )
    return "\n".join(lines)


def _problem(path: Path) -> str:
    try:
        service.load(path)
    except LoomError as error:
        return error.message
    return ""
