"""Templates of org charts: the one that comes with Loom, and those that people save."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.orgchart import repository
from loom_app.orgchart.checking import Seat
from loom_app.orgchart.models import OrgChartTemplate
from loom_app.orgchart.rejecting import sound
from loom_app.orgchart.schemas import TemplateChange, TemplateDraft, seat_of
from loom_app.orgchart.template import SEATS, STANDARD
from loom_app.projects import service as projects

MOST = 100
"""How many templates there may be."""


async def default(tx: AsyncSession) -> OrgChartTemplate:
    """The template that charts of new projects are made from."""
    return await repository.default_template(tx) or _standard(is_default=True)


async def every(tx: AsyncSession) -> list[OrgChartTemplate]:
    """All templates, the one that comes with Loom first."""
    kept = await repository.templates(tx)
    return [_standard(is_default=not any(one.is_default for one in kept)), *kept]


async def get(tx: AsyncSession, template_id: str) -> OrgChartTemplate:
    """One template. Raises NotFound."""
    found = next((one for one in await every(tx) if one.id == template_id), None)
    if found is None:
        raise NotFound(
            f"There is no template {template_id[:100]!r}. GET /api/v1/org-chart-templates lists them.",
            code="template_not_found",
        )
    return found


def seats(template: OrgChartTemplate) -> Sequence[Seat]:
    """Its positions, top down."""
    return SEATS if template.id == STANDARD else [Seat(**position) for position in template.positions]


async def save(tx: AsyncSession, draft: TemplateDraft, *, actor: Actor) -> OrgChartTemplate:
    """A new template. Raises NotFound for a project `actor` does not see, Invalid, Conflict for a taken name."""
    kept = await every(tx)
    _check_name(draft.name, kept)
    if len(kept) >= MOST:
        raise Conflict(f"There are {MOST} templates already. Delete one first.", code="many_templates")
    made = OrgChartTemplate(
        id=new_id("template"), name=draft.name, description=draft.description, author=actor.name,
        positions=_kept(await _seats(tx, draft, actor)),
    )  # fmt: skip
    tx.add(made)
    _tell(tx, "orgchart.template_saved", made, actor)
    return made


async def change(tx: AsyncSession, template_id: str, wanted: TemplateChange, *, actor: Actor) -> OrgChartTemplate:
    """The template with `wanted` applied. Charts made from it stay as they are. Raises as `save`."""
    found = await get(tx, template_id)
    if wanted.is_default is not None:
        await _make_default(tx, found, wanted.is_default)
    given = wanted.model_dump(exclude_none=True, include={"name", "description"})
    if wanted.positions is not None:
        given["positions"] = _kept(sound([position.seat() for position in wanted.positions]))
    if given and found.id == STANDARD:
        raise _shipped()
    if "name" in given:
        _check_name(given["name"], [one for one in await every(tx) if one.id != found.id])
    for name, value in given.items():
        setattr(found, name, value)
    found.revision, found.updated_at = found.revision + 1, now()
    _tell(tx, "orgchart.template_saved", found, actor)
    return found


async def delete(tx: AsyncSession, template_id: str, *, actor: Actor) -> None:
    """Removes a template; charts made from it stay. Raises NotFound, and Conflict for the one that comes with Loom."""
    found = await get(tx, template_id)
    if found.id == STANDARD:
        raise _shipped()
    await tx.delete(found)
    _tell(tx, "orgchart.template_deleted", found, actor)


async def _make_default(tx: AsyncSession, chosen: OrgChartTemplate, wanted: bool) -> None:
    for one in await repository.templates(tx):
        if one.id == chosen.id:
            one.is_default = wanted
        elif wanted:
            one.is_default = False
    if chosen.id == STANDARD:
        chosen.is_default = wanted


async def _seats(tx: AsyncSession, draft: TemplateDraft, actor: Actor) -> Sequence[Seat]:
    if draft.positions is not None:
        return sound([position.seat() for position in draft.positions])
    await projects.get(tx, draft.project_id, actor=actor)
    chart = await repository.of_project(tx, draft.project_id)
    if chart is None:
        return seats(await default(tx))
    return sound([seat_of(position) for position in await repository.positions(tx, chart.id)])


def _kept(chosen: Sequence[Seat]) -> list[dict[str, object]]:
    names = ("id", "role", "reports_to", "most", "required", "persona")
    return [{name: getattr(seat, name) for name in names} for seat in chosen]


def _check_name(name: str, others: Sequence[OrgChartTemplate]) -> None:
    if name.lower() in (one.name.lower() for one in others):
        raise Conflict(f"There is a template called {name!r} already. Choose another name.", code="template_exists")


def _standard(*, is_default: bool) -> OrgChartTemplate:
    told = "Fifteen positions: the people in charge, product and engineering, and those who support them."
    return OrgChartTemplate(id=STANDARD, name="Standard", description=told, is_default=is_default, author="Loom")


def _shipped() -> Conflict:
    return Conflict(
        "The standard template comes with Loom and stays as it is. Save one of your own and make that the default.",
        code="template_shipped",
    )


def _tell(tx: AsyncSession, type_: str, template: OrgChartTemplate, actor: Actor) -> None:
    append(tx, type_, actor=actor, subject_id=template.id, data={"name": template.name})
