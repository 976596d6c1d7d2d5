"""REST of what agents may decide by themselves."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.decisions import deputies
from loom_app.decisions.schemas import Rules, RulesShown
from loom_app.kernel.errors import Invalid
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter()


@router.get("/projects/{project_id}/decision-rules", dependencies=[requires("decisions:read")])
async def rules(project_id: str, tx: ReadTx, actor: CurrentActor) -> RulesShown:
    """What the project's decision-makers may decide by themselves: nothing until somebody says so."""
    return RulesShown.of(await deputies.rules_of(tx, project_id, actor=actor))


@router.put("/projects/{project_id}/decision-rules", dependencies=[requires("projects:write")])
async def set_rules(project_id: str, wanted: Rules, tx: WriteTx, actor: CurrentActor) -> RulesShown:
    """Leaves to agents with the role decision-maker what the body names, from now on. Budgets and the
    end of a project are always for people."""
    kept_back = [kind for kind in deputies.FOR_PEOPLE if kind in wanted.kinds]
    if kept_back:
        raise Invalid(
            f"{kept_back[0].capitalize()} is for people to decide. Leave {kept_back[0]} out of kinds.",
            code="people_only",
        )
    kept = await deputies.set_rules(
        tx, project_id, risks=wanted.risks, kinds=[str(kind) for kind in wanted.kinds], per_day=wanted.per_day,
        actor=actor,
    )  # fmt: skip
    return RulesShown.of(kept)
