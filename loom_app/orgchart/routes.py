"""REST of org charts and their templates."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.database import Database
from loom_app.kernel.rest import AppDatabase, Page, ReadTx, WriteTx
from loom_app.orgchart import changing, service, templates
from loom_app.orgchart.models import OrgChartTemplate
from loom_app.orgchart.schemas import (
    Applying,
    OrgChartChange,
    OrgChartView,
    TemplateChange,
    TemplateDraft,
    TemplateView,
)
from loom_app.orgchart.template import STANDARD

router = APIRouter(prefix="/api/v1", tags=["org charts"])


@router.get("/org-charts/{project_id}", dependencies=[requires("projects:read")])
async def org_chart(project_id: str, db: AppDatabase) -> OrgChartView:
    """The project's team structure, made from the default template at the first look, and what is wrong with it."""
    async with db.read() as tx:
        shown = await service.view(tx, project_id)
    return shown or await _made(db, project_id)


@router.put("/org-charts/{project_id}", dependencies=[requires("projects:write")])
async def change(project_id: str, wanted: OrgChartChange, tx: WriteTx, actor: CurrentActor) -> OrgChartView:
    """Replaces the positions, the name or both. 400 `org_chart_invalid` lists every fault in `problems`."""
    await changing.change(tx, project_id, wanted, actor=actor)
    return await _shown(tx, project_id)


@router.post("/org-charts/{project_id}/apply", dependencies=[requires("projects:write")])
async def apply(project_id: str, wanted: Applying, tx: WriteTx, actor: CurrentActor) -> OrgChartView:
    """Has the chart follow a template; agents without a seat there are given one later."""
    await changing.apply(tx, project_id, wanted.template_id, actor=actor)
    return await _shown(tx, project_id)


@router.get("/org-chart-templates", dependencies=[requires("agents:read")])
async def list_templates(tx: ReadTx, page: Page, request: Request, response: Response) -> list[TemplateView]:
    """The templates, the one that comes with Loom first."""
    found = await templates.every(tx)
    page.announce(request, response, len(found))
    return [_view(one) for one in found[page.offset : page.offset + page.limit]]


@router.post("/org-chart-templates", status_code=201, dependencies=[requires("agents:write")])
async def save_template(draft: TemplateDraft, tx: WriteTx, actor: CurrentActor) -> TemplateView:
    """Saves a project's chart, or these positions, as a template."""
    return _view(await templates.save(tx, draft, actor=actor))


@router.get("/org-chart-templates/{template_id}", dependencies=[requires("agents:read")])
async def template(template_id: str, tx: ReadTx) -> TemplateView:
    """One template."""
    return _view(await templates.get(tx, template_id))


@router.put("/org-chart-templates/{template_id}", dependencies=[requires("agents:admin")])
async def change_template(template_id: str, wanted: TemplateChange, tx: WriteTx, actor: CurrentActor) -> TemplateView:
    """Changes a template, or makes it the default for new projects. Charts made from it stay as they are."""
    return _view(await templates.change(tx, template_id, wanted, actor=actor))


@router.delete("/org-chart-templates/{template_id}", status_code=204, dependencies=[requires("agents:admin")])
async def delete_template(template_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a template."""
    await templates.delete(tx, template_id, actor=actor)


async def _made(db: Database, project_id: str) -> OrgChartView:
    async with db.write() as tx:
        await service.chart_for(tx, project_id)
        return await _shown(tx, project_id)


async def _shown(tx: AsyncSession, project_id: str) -> OrgChartView:
    await tx.flush()
    shown = await service.view(tx, project_id)
    assert shown
    return shown


def _view(row: OrgChartTemplate) -> TemplateView:
    return TemplateView.of(row, templates.seats(row), shipped=row.id == STANDARD)
