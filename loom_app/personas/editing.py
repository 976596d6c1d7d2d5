"""Changing personas: every change is checked, kept as a revision and then written whole into the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.personas import folder, frontmatter, repository, revisions, service
from loom_app.personas.models import Cause, PersonaRevision

MOST = 500
"""How many personas there may be."""
RESERVED = frozenset({"revisions", "file"})
"""Roles whose addresses would be those of something else."""


@dataclass(frozen=True)
class Why:
    """How a change came about: its cause, what it was made from, and what its author says of it."""

    cause: Cause
    source: str = ""
    note: str = ""


async def create(tx: AsyncSession, name: str, text: str, why: Why, *, actor: Actor) -> PersonaRevision:
    """A persona of the file `text`. Raises Invalid for a name or text that is none, Conflict for one that is there."""
    group, role = folder.parts(name)
    if role in RESERVED:
        raise Invalid(f"No persona can be called {role!r}; choose another name.", code="persona_name")
    service.parsed(name, text)
    await revisions.alone(tx)
    known = [one.name for one in service.shelf()]
    if f"{group}/{role}" in known:
        raise Conflict(f"There is a persona {group}/{role} already. Choose another name.", code="persona_exists")
    if len(known) >= MOST:
        raise Conflict(f"There are {MOST} personas already; delete some of their folders first.", code="many_personas")
    return await _write(tx, f"{group}/{role}", text, why, actor)


async def clone(tx: AsyncSession, name: str, new_name: str, why: Why, *, actor: Actor) -> PersonaRevision:
    """A new persona that says what `name` says. Raises as `create`, and Invalid when `name` is broken."""
    source = service.get_persona(name)
    text = service.text_of(service.path_of(name))[0]
    head, body = frontmatter.split(text, source.name)
    role = folder.parts(new_name)[1]
    copied = frontmatter.joined({**head, "name": role}, body)
    return await create(tx, new_name, copied, Why(Cause.CLONED, source.name, why.note), actor=actor)


async def change(
    tx: AsyncSession, name: str, text: str, why: Why, *, base: int | None = None, actor: Actor
) -> PersonaRevision:
    """The persona with another file; the same text again changes nothing.

    `base` is the revision one began from. Raises NotFound, Invalid, Forbidden for a persona of others, and Conflict
    (code `persona_changed`, with the revision, by whom and when) when it is no longer the newest.
    """
    await _check_may(tx, name, actor)
    service.parsed(name, text)
    await revisions.alone(tx)
    current = await revisions.seen(tx, name)
    if base is not None and base != current.number:
        raise _changed(current, base)
    if current.text == text:
        return current
    return await _write(tx, current.persona, text, why, actor)


async def may_change(tx: AsyncSession, name: str, actor: Actor) -> bool:
    """Whether `actor` may change what every agent of the persona works by: an administrator, or who made it."""
    first = await repository.one(tx, "/".join(folder.parts(name)), 1)
    made_it = first is not None and first.cause in (Cause.CREATED, Cause.CLONED) and first.author_id == actor.id
    return made_it or actor.may("agents:admin")


async def restore(
    tx: AsyncSession, name: str, number: int, *, base: int | None = None, note: str = "", actor: Actor
) -> PersonaRevision:
    """The persona as it was in revision `number`, also when its file is gone. Raises as `change` and NotFound."""
    await _check_may(tx, name, actor)
    old = await revisions.get(tx, name, number)
    why = Why(Cause.RESTORED, str(number), note)
    try:
        return await change(tx, name, old.text, why, base=base, actor=actor)
    except NotFound:
        await revisions.alone(tx)
        return await _write(tx, old.persona, old.text, why, actor)


def composed(name: str, given: Mapping[str, Any], text: str = "") -> str:
    """The file of `name` with the fields `given` in place of those in `text`; what it says besides stays.

    Of a `text` that cannot be read nothing is kept.
    """
    try:
        head, body = frontmatter.split(text, name)
    except Invalid:
        head, body = {}, ""
    role = folder.parts(name)[1]
    told = {key: value for key, value in given.items() if key != "instructions"}
    return frontmatter.joined({"name": role, **head, **told}, given.get("instructions", body))


async def _check_may(tx: AsyncSession, name: str, actor: Actor) -> None:
    if not await may_change(tx, name, actor):
        raise Forbidden(
            f"Agents of every project work by {name}, so only an administrator or who made it changes it. Clone it "
            "and change the copy.",
            code="persona_of_others",
        )


async def _write(tx: AsyncSession, name: str, text: str, why: Why, actor: Actor) -> PersonaRevision:
    """The row first: a disk that refuses takes it back, and a database that does finds the file next time."""
    last = await repository.newest(tx, name)
    made = PersonaRevision(
        persona=name, number=last.number + 1 if last else 1, text=text, digest=sha256(text.encode()).hexdigest(),
        cause=why.cause, source=why.source, note=why.note, author_id=actor.id, author=actor.name,
    )  # fmt: skip
    await revisions.keep(tx, made, actor=actor)
    await folder.write(*folder.parts(name), text)
    return made


def _changed(current: PersonaRevision, base: int) -> Conflict:
    by = "on disk" if current.cause == Cause.DISK else f"by {current.author}"
    at = rfc3339(current.created_at)
    return Conflict(
        f"{current.persona} was changed {by} at {at}; you began from revision {base}, and {current.number} is the "
        "newest now. Look at what changed, then save on top of it. Nothing of yours was written.",
        code="persona_changed",
        revision=current.number,
        by=current.author,
        cause=current.cause,
        at=at,
    )
