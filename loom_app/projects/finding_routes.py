"""REST of what looks like a secret and is none."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.bodies import Body
from loom_app.kernel.rest import ReadTx, WriteTx
from loom_app.projects import findings, service

router = APIRouter(prefix="/{project_id}/allowed-findings")


class Allowance(Body):
    """A finding, by the fingerprint that the refused commit named, and why it is no secret."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None


class AllowanceView(BaseModel):
    """A finding that may be committed."""

    model_config = ConfigDict(from_attributes=True)

    fingerprint: str
    reason: str
    allowed_by: str
    allowed_at: datetime


@router.get("", dependencies=[requires("projects:read")])
async def allowed(project_id: str, tx: ReadTx, actor: CurrentActor) -> list[AllowanceView]:
    """The findings of the secret scan that may be committed."""
    await service.get(tx, project_id, actor=actor)
    return [AllowanceView.model_validate(row) for row in await findings.allowed(tx, project_id)]


@router.post("", status_code=201, dependencies=[requires("projects:write")])
async def allow(project_id: str, wanted: Allowance, tx: WriteTx, actor: CurrentActor) -> AllowanceView:
    """Lets runs commit what the scan took for a secret and a person knows to be none."""
    await service.get(tx, project_id, actor=actor)
    row = await findings.allow(tx, project_id, wanted.fingerprint, wanted.reason, actor=actor)
    return AllowanceView.model_validate(row)


@router.delete("/{fingerprint}", status_code=204, dependencies=[requires("projects:write")])
async def disallow(project_id: str, fingerprint: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Has the finding stop commits again."""
    await service.get(tx, project_id, actor=actor)
    await findings.disallow(tx, project_id, fingerprint, actor=actor)
