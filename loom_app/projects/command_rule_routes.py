"""REST of the commands that agents may run in a project, and of those they may not."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.bodies import Body
from loom_app.kernel.rest import AppSettings, ReadTx, WriteTx
from loom_app.projects import command_rules, service
from loom_app.projects.schemas import Role
from loom_app.sandbox.confinement import confinement
from loom_app.sandbox.policy.rules import LONGEST_PATTERN, courses

router = APIRouter(prefix="/{project_id}/command-rules")


class RuleDraft(Body):
    """Commands by their first words, in which * stands for anything, and whether they run or are refused."""

    pattern: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_PATTERN, pattern=r"^[^\x00-\x1f]+$"),
    ]
    allowed: bool
    roles: list[Role] = Field(default_factory=list, max_length=50, description="Whom it holds for; none is everybody.")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class RuleView(BaseModel):
    """A rule of a project."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    pattern: str
    allowed: bool
    roles: list[str]
    reason: str
    set_by: str
    set_at: datetime


class RulesView(BaseModel):
    """What becomes of commands in a project: by their risk, by the settings of the installation, by its own rules."""

    courses: dict[str, str] = Field(description="run, ask or refuse, by risk: low, medium, high, unknown.")
    confined: bool = Field(description="Whether bubblewrap holds commands here; without it more is asked.")
    allow: list[str] = Field(description="Allowed by the settings of the installation.")
    refuse: list[str] = Field(description="Refused by the settings of the installation.")
    rules: list[RuleView]


@router.get("", dependencies=[requires("projects:read")])
async def rules(project_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> RulesView:
    """What becomes of the commands of agents: by risk, and by the rules of the installation and of the project."""
    await service.get(tx, project_id, actor=actor)
    wanted = settings.sandbox.commands
    confined = (await asyncio.to_thread(confinement)).kind == "bubblewrap"
    own = [RuleView.model_validate(row) for row in await command_rules.rules(tx, project_id)]
    return RulesView(
        courses={**courses(wanted, confined=confined)},
        confined=confined, allow=wanted.allow, refuse=wanted.refuse, rules=own,
    )  # fmt: skip


@router.post("", status_code=201, dependencies=[requires("projects:write")])
async def add_rule(project_id: str, wanted: RuleDraft, tx: WriteTx, actor: CurrentActor) -> RuleView:
    """Has such commands run without asking, whatever their risk, or refuses them; refusing wins."""
    await service.get(tx, project_id, actor=actor)
    row = await command_rules.add(
        tx, project_id, wanted.pattern, allowed=wanted.allowed, roles=wanted.roles, reason=wanted.reason, actor=actor
    )
    return RuleView.model_validate(row)


@router.delete("/{rule_id}", status_code=204, dependencies=[requires("projects:write")])
async def remove_rule(project_id: str, rule_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Ends a rule."""
    await service.get(tx, project_id, actor=actor)
    await command_rules.remove(tx, project_id, rule_id, actor=actor)
