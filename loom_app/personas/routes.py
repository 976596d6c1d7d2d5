"""REST for personas: read, write, clone, and what they said before."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.errors import LoomError, NotFound
from loom_app.kernel.rest import AppDatabase, Page, WriteTx
from loom_app.personas import editing, repository, revisions, service
from loom_app.personas.editing import Why
from loom_app.personas.folder import parts, where
from loom_app.personas.models import Cause, Persona, PersonaRevision
from loom_app.personas.schemas import (
    Checked,
    PersonaChange,
    PersonaCheck,
    PersonaCopy,
    PersonaDraft,
    PersonaFile,
    PersonaView,
    Restoring,
    RevisionDetail,
    RevisionView,
)

router = APIRouter(prefix="/api/v1/personas", tags=["personas"])
Name = Annotated[str, Path(description="'default/qa-engineer', or 'qa-engineer' for one of the default group.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a revision.")]


@router.get("", dependencies=[requires("agents:read")])
async def list_personas(request: Request, response: Response, page: Page, db: AppDatabase) -> list[PersonaView]:
    """The personas agents can be made from, by name; those that cannot be read say why."""
    numbers = await revisions.seen_all(db)
    found = service.shelf()
    page.announce(request, response, len(found))
    return [_listed(one, numbers.get(one.name, 0)) for one in found[page.offset : page.offset + page.limit]]


@router.post("", status_code=201, dependencies=[requires("agents:write")])
async def create(draft: PersonaDraft, tx: WriteTx, actor: CurrentActor) -> PersonaView:
    """Makes a persona."""
    text = editing.composed(draft.name, draft.fields()) if draft.text is None else draft.text
    return _view(await editing.create(tx, draft.name, text, Why(Cause.CREATED, note=draft.note), actor=actor))


@router.post("/preview", dependencies=[requires("agents:write")])
async def preview(asked: PersonaCheck) -> Checked:
    """What a file would say, or what is wrong with it; nothing is kept."""
    try:
        return Checked(problem="", persona=service.parsed(asked.name, asked.text))
    except LoomError as error:
        return Checked(problem=error.message, persona=None)


@router.get("/{name:path}/file", dependencies=[requires("agents:read")])
async def file(name: Name, db: AppDatabase, actor: CurrentActor) -> PersonaFile:
    """The whole file, also of a persona that cannot be read, and whether you may change it."""
    path = service.path_of(name)
    current = await revisions.looked(db, name)
    assert current
    async with db.read() as tx:
        may_change = actor.may("agents:write") and await editing.may_change(tx, name, actor)
    return PersonaFile(
        name=current.persona, path=where(path), text=current.text, problem=current.problem,
        revision=current.number, changed_at=current.created_at, may_change=may_change,
    )  # fmt: skip


@router.post("/{name:path}/clone", status_code=201, dependencies=[requires("agents:write")])
async def clone(name: Name, wanted: PersonaCopy, tx: WriteTx, actor: CurrentActor) -> PersonaView:
    """Makes another persona that says the same, to be changed from there."""
    return _view(await editing.clone(tx, name, wanted.new_name, Why(Cause.CLONED, note=wanted.note), actor=actor))


@router.get("/{name:path}/revisions", dependencies=[requires("agents:read")])
async def list_revisions(
    name: Name, db: AppDatabase, page: Page, request: Request, response: Response
) -> list[RevisionView]:
    """What the persona said before, newest first; also of one whose file is gone."""
    await revisions.looked(db, name)
    known = "/".join(parts(name))
    async with db.read() as tx:
        rows, total = await repository.page(tx, known, limit=page.limit, offset=page.offset)
        oldest = await repository.one(tx, known, rows[-1].number - 1) if rows else None
    page.announce(request, response, total)
    before = {row.number: row.text for row in (*rows, *([oldest] if oldest else []))}
    return [RevisionView.of(row, _diff(row, before.get(row.number - 1, ""))) for row in rows]


@router.get("/{name:path}/revisions/{number}", dependencies=[requires("agents:read")])
async def revision(
    name: Name, number: Number, db: AppDatabase,
    against: Annotated[int | None, Query(ge=0, description="Another revision; the one before when left out.")] = None,
) -> RevisionDetail:  # fmt: skip
    """One revision with its text and how it differs from another."""
    await revisions.looked(db, name)
    async with db.read() as tx:
        row = await revisions.get(tx, name, number)
        found = await repository.one(tx, row.persona, number - 1 if against is None else against)
    if against and found is None:
        raise NotFound(f"{row.persona} has no revision {against}.", code="revision_not_found")
    diff = _diff(row, found.text if found else "")
    shown = RevisionView.of(row, diff).model_dump()
    return RevisionDetail(**shown, text=row.text, against=found.number if found else 0, diff=diff)


@router.post("/{name:path}/revisions/{number}/restore", dependencies=[requires("agents:write")])
async def restore(name: Name, number: Number, wanted: Restoring, tx: WriteTx, actor: CurrentActor) -> PersonaView:
    """Goes back to a revision, as a new one."""
    base, note = wanted.base_revision, wanted.note
    return _view(await editing.restore(tx, name, number, base=base, note=note, actor=actor))


@router.get("/{name:path}", dependencies=[requires("agents:read")])
async def get_persona(name: Name, db: AppDatabase) -> PersonaView:
    """One persona with its instructions. One whose file has a fault is refused with that fault."""
    persona = service.get_persona(name)
    current = await revisions.looked(db, name)
    return PersonaView.of(persona, current.number if current else 0)


@router.put("/{name:path}", dependencies=[requires("agents:write")])
async def change(name: Name, wanted: PersonaChange, tx: WriteTx, actor: CurrentActor) -> PersonaView:
    """Changes a persona for every agent of every project that has it; their next runs work by it.

    Administrators change any, others those they made. 409 `persona_changed` when somebody else, or the disk, was
    quicker than `base_revision`.
    """
    text = wanted.text
    if text is None:
        current = await revisions.seen(tx, name)
        now = service.parsed(current.persona, current.text) if not current.problem else None
        text = editing.composed(name, wanted.fields(now), current.text)
    why = Why(Cause.EDITED, note=wanted.note)
    return _view(await editing.change(tx, name, text, why, base=wanted.base_revision, actor=actor))


def _listed(one: service.Shelved, revision: int) -> PersonaView:
    return PersonaView.of(one.persona, revision) if one.persona else PersonaView.broken(one.name, one.problem, revision)


def _view(row: PersonaRevision) -> PersonaView:
    persona: Persona = service.parsed(row.persona, row.text)
    return PersonaView.of(persona, row.number)


def _diff(row: PersonaRevision, before: str) -> str:
    return revisions.diff(before, row.text, row.persona)
