"""REST of reported errors."""

from fastapi import APIRouter, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import WriteTx
from loom_app.reports import service
from loom_app.reports.schemas import ErrorReport, FiledView

router = APIRouter(prefix="/api/v1", tags=["beads"])


@router.post(
    "/beads/auto-file", status_code=201, dependencies=[requires("beads:write")], responses={200: {"model": FiledView}}
)
async def auto_file(report: ErrorReport, tx: WriteTx, actor: CurrentActor, response: Response) -> FiledView:
    """Files an error as a bug bead; one that is known already is counted on its bead (200)."""
    filed = await service.file(tx, report, actor=actor)
    response.status_code = 201 if filed.is_new else 200
    return FiledView(bead_id=filed.bead_id, message=filed.message, occurrences=filed.occurrences)
