"""The rules of saved views: personal ones are their owner's alone, shared ones are seen by whoever sees the project."""

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.board.models import BoardView, DefaultView
from loom_app.board.schemas import ViewChange, ViewDraft, ViewShown
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import inserting
from loom_app.kernel.errors import Conflict, Forbidden, NotFound
from loom_app.kernel.ids import new_id
from loom_app.kernel.scope import within
from loom_app.projects import service as projects

MOST_VIEWS = 100
"""How many views one person may keep."""


async def listed(tx: AsyncSession, actor: Actor) -> list[ViewShown]:
    """The views `actor` sees: their own first, then by name."""
    query = select(BoardView).where(_seen_by(actor)).order_by(func.lower(col(BoardView.name)), col(BoardView.id))
    found = (await tx.execute(query)).scalars().all()
    own = await _defaults(tx, actor)
    return sorted((_shown(view, own, actor) for view in found), key=lambda view: not view.is_mine)


async def get(tx: AsyncSession, view_id: str, *, actor: Actor) -> BoardView:
    """The view, if `actor` sees it. Raises NotFound."""
    found = await tx.execute(select(BoardView).where(col(BoardView.id) == view_id, _seen_by(actor)))
    view = found.scalar_one_or_none()
    if view is None:
        raise NotFound(f"There is no view {view_id!r}. GET /api/v1/board/views lists them.", code="view_not_found")
    return view


async def save(tx: AsyncSession, draft: ViewDraft, *, actor: Actor) -> ViewShown:
    """A new view of `actor`. Raises NotFound for an unknown project, Conflict for a name they have already."""
    if draft.project_id:
        await projects.get(tx, draft.project_id, actor=actor)
    _may_share(draft.shared, actor)
    mine = select(func.count()).select_from(BoardView).where(col(BoardView.owner_id) == actor.id)
    if (await tx.execute(mine)).scalar_one() >= MOST_VIEWS:
        raise Conflict(f"You have {MOST_VIEWS} views, which is the most. Delete one first.", code="too_many_views")
    view = BoardView(id=new_id("view"), owner_id=actor.id, owner=actor.name, **draft.model_dump())
    added = inserting(tx, BoardView).values(**view.model_dump()).on_conflict_do_nothing()
    if (await tx.execute(added.returning(col(BoardView.id)))).first() is None:
        raise _name_taken(draft.name)
    _tell(tx, "board.view_saved", view, actor)
    return _shown(view, {}, actor)


async def change(tx: AsyncSession, view_id: str, wanted: ViewChange, *, actor: Actor) -> ViewShown:
    """The view with what `wanted` names. Raises NotFound, Forbidden for another's view, Conflict for a taken name."""
    view = await get(tx, view_id, actor=actor)
    given = wanted.model_dump(exclude_unset=True)
    if "is_default" in given:
        await _set_default(tx, view, actor, on=given.pop("is_default"))
    given = {name: value for name, value in given.items() if value != "" or name == "query"}
    if given:
        _is_owner(view, actor)
        _may_share(bool(given.get("shared")), actor)
        await _free_name(tx, view, given.get("name", view.name))
        for name, value in given.items():
            setattr(view, name, value)
        view.updated_at = now()
        await tx.flush()
        _tell(tx, "board.view_changed", view, actor)
    return _shown(view, await _defaults(tx, actor), actor)


async def remove(tx: AsyncSession, view_id: str, *, actor: Actor) -> None:
    """Deletes a view. Raises NotFound, and Forbidden for another's."""
    view = await get(tx, view_id, actor=actor)
    _is_owner(view, actor)
    await tx.delete(view)
    _tell(tx, "board.view_deleted", view, actor)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    project = col(BoardView.project_id)
    own_or_shared = or_(col(BoardView.owner_id) == actor.id, col(BoardView.shared).is_(True))
    return and_(own_or_shared, or_(project.is_(None), within(actor, project)))


async def _defaults(tx: AsyncSession, actor: Actor) -> dict[str, str]:
    """The views the boards of `actor` open with, by project."""
    query = select(col(DefaultView.project_id), col(DefaultView.view_id)).where(col(DefaultView.user_id) == actor.id)
    return {row.project_id: row.view_id for row in (await tx.execute(query)).all()}


async def _set_default(tx: AsyncSession, view: BoardView, actor: Actor, *, on: bool) -> None:
    place = {"user_id": actor.id, "project_id": view.project_id or ""}
    here = [col(getattr(DefaultView, name)) == value for name, value in place.items()]
    if on:
        row = inserting(tx, DefaultView).values(**place, view_id=view.id)
        await tx.execute(row.on_conflict_do_update(index_elements=["user_id", "project_id"], set_={"view_id": view.id}))
    else:
        await tx.execute(delete(DefaultView).where(*here, col(DefaultView.view_id) == view.id))


async def _free_name(tx: AsyncSession, view: BoardView, name: str) -> None:
    same = select(BoardView.id).where(col(BoardView.owner_id) == view.owner_id, col(BoardView.name) == name)  # type: ignore[call-overload]
    if (await tx.execute(same.where(col(BoardView.id) != view.id))).first() is not None:
        raise _name_taken(name)


def _name_taken(name: str) -> Conflict:
    return Conflict(
        f"You have a view called {name!r} already. Choose another name or update that one.", code="view_exists"
    )


def _is_owner(view: BoardView, actor: Actor) -> None:
    if view.owner_id != actor.id and not actor.may("system:admin"):
        raise Forbidden(f"The view {view.name!r} belongs to {view.owner}; save one of your own.", code="not_your_view")


def _may_share(shared: bool, actor: Actor) -> None:
    if shared and not actor.may("beads:write"):
        raise Forbidden(
            "Sharing a view needs the permission beads:write. Save it for yourself.", code="permission_missing"
        )


def _shown(view: BoardView, defaults: dict[str, str], actor: Actor) -> ViewShown:
    own = {"is_mine": view.owner_id == actor.id, "is_default": defaults.get(view.project_id or "") == view.id}
    return ViewShown(**view.model_dump(exclude={"owner_id", "created_at"}), **own)


def _tell(tx: AsyncSession, type_: str, view: BoardView, actor: Actor) -> None:
    """Shared views are news for the project; personal ones for their owner."""
    data = {"name": view.name, "shared": view.shared}
    if view.shared and view.project_id:
        append(tx, type_, actor=actor, project_id=view.project_id, subject_id=view.id, data=data)
    else:
        append(tx, type_, actor=actor, subject_id=view.id, data=data | {"private_to": actor.id})
