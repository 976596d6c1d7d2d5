"""Bootstraps as the API shows them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.bootstrap import service
from loom_app.bootstrap.models import BootstrapStep, StepStatus
from loom_app.bootstrap.schemas import BootstrapResult, BootstrapView, StepView
from loom_app.git.places import place_of
from loom_app.gitaccess import service as gitaccess
from loom_app.gitaccess.instructions import Instruction, instructions
from loom_app.gitaccess.schemas import InstructionView
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.projects import service as projects
from loom_app.projects.models import Project


async def view(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> BootstrapView:
    """The project's bootstrap with its steps. Raises NotFound."""
    row = await service.get(tx, project_id, actor=actor)
    project = await projects.get(tx, project_id)
    steps = await service.steps(tx, project_id)
    keys = await gitaccess.keys(tx, project_id)
    sites = _sites(project) if keys else []
    return BootstrapView(
        project_id=project_id, status=row.status, initial_bead_id=row.bead_id,
        public_key=keys[0].public_key if keys else "", fingerprint=keys[0].fingerprint if keys else "",
        git_setup_instructions=_sentences(project, sites), error=_error(steps),
        name=project.name, git_repo=project.git_repo, branch=project.branch, attempt=row.attempt,
        instructions=[InstructionView(site=one.site, url=one.url, steps=list(one.steps)) for one in sites],
        steps=[StepView.model_validate(step) for step in steps],
        created_at=row.created_at, updated_at=row.updated_at, finished_at=row.finished_at,
    )  # fmt: skip


async def result(tx: AsyncSession, project_id: str) -> BootstrapResult:
    """The short answer to whoever began it."""
    whole = await view(tx, project_id)
    return BootstrapResult.model_validate(whole.model_dump(include=set(BootstrapResult.model_fields)))


def _sites(project: Project) -> list[Instruction]:
    place = place_of(project.git_repo)
    return instructions(place, f"Loom: {project.name}") if project.git_repo and place.host else []


def _sentences(project: Project, sites: list[Instruction]) -> str:
    if not project.git_repo:
        return "Loom holds this project's only copy, so there is nothing to set up."
    if not sites:
        return f"Loom reaches {project.git_repo} on this machine, so there is nothing to set up."
    told = [" ".join([f"{one.site}:", *(f"{at}. {step}" for at, step in enumerate(one.steps, 1))]) for one in sites]
    if place_of(project.git_repo).protocol != "ssh":
        told.append(
            "The address is a web address, which takes no key: change it to the SSH one to use the key, or save a user "
            "name with a token for the project."
        )
    return "\n".join(told)


def _error(steps: Sequence[BootstrapStep]) -> str:
    """What keeps it back, else what did not work on the way."""
    ordered = sorted(steps, key=lambda step: step.status == StepStatus.DONE)
    return next((step.error for step in ordered if step.error), "")
