"""REST of org charts."""

from fastapi import APIRouter

from loom_app.auth.gate import requires
from loom_app.kernel.rest import AppDatabase
from loom_app.orgchart import service
from loom_app.orgchart.schemas import OrgChartView

router = APIRouter(prefix="/api/v1/org-charts", tags=["org charts"])


@router.get("/{project_id}", dependencies=[requires("projects:read")])
async def org_chart(project_id: str, db: AppDatabase) -> OrgChartView:
    """The project's team structure, made from the template at the first look."""
    async with db.read() as tx:
        shown = await service.view(tx, project_id)
    if shown is None:
        async with db.write() as tx:
            await service.chart_for(tx, project_id)
            shown = await service.view(tx, project_id)
    assert shown
    return shown
