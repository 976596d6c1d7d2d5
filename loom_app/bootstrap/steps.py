"""The steps of a bootstrap. Each may be taken again from its beginning, whatever an earlier try left behind."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from loom_app.agents import team
from loom_app.agents.schemas import AgentDraft
from loom_app.beads import service as beads
from loom_app.bootstrap import gitsteps, prd, repository
from loom_app.bootstrap.models import Bootstrap, StepName
from loom_app.bootstrap.work import Done, Work
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.keyring import vault_of
from loom_app.lifecycle.founding import WORKERS
from loom_app.orgchart import service as orgchart
from loom_app.projects import service as projects
from loom_app.providers import service as providers

PRODUCT_MANAGER = "product-manager"


async def make_key(work: Work) -> Done:
    """The key pair, made when the bootstrap was asked for unless somebody dropped it since."""
    async with work.db.write() as tx:
        made = await gitaccess.make_key(tx, vault_of(work.db), work.project_id, actor=SYSTEM)
        return Done(f"ed25519, {made.fingerprint}")


async def plan(work: Work) -> Done:
    """The first bead, which has the product manager expand the PRD; made in the transaction that remembers it."""
    async with work.db.write() as tx:
        project = await projects.get(tx, work.project_id)
        row = await tx.get_one(Bootstrap, work.project_id, with_for_update=True)
        if row.bead_id:
            return Done(row.bead_id)
        wanted = beads.draft(
            project_id=project.id, title=prd.TITLE, priority=0, type="task", assigned_to=PRODUCT_MANAGER,
            description=prd.description(project.name, work.prd), acceptance_criteria=prd.CRITERIA,
            tags=["bootstrap"], context={"bootstrap": True},
        )  # fmt: skip
        row.bead_id = (await beads.create(tx, wanted, actor=SYSTEM)).id
        return Done(row.bead_id)


async def staff(work: Work) -> Done:
    """An agent for each position that must be filled and for each role that does the work."""
    async with work.db.write() as tx:
        await orgchart.chart_for(tx, work.project_id)
        chart = await orgchart.view(tx, work.project_id)
        present = await repository.roles(tx, work.project_id)
        required = [seat.role_name for seat in chart.positions if seat.required] if chart else []
        wanted = [role for role in dict.fromkeys([*required, *WORKERS]) if role not in present]
        for role in wanted:
            await team.create(tx, AgentDraft(persona_name=f"default/{role}", project_id=work.project_id))
        ready = await providers.working(tx) is not None
    told = f"{len(present) + len(wanted)} agents"
    if ready:
        return Done(told)
    return Done(told, "No provider works at present, so the agents wait.", "Register a provider under System.")


STEPS: Mapping[StepName, Callable[[Work], Coroutine[Any, Any, Done]]] = {
    StepName.KEY: make_key,
    StepName.REPOSITORY: gitsteps.fetch,
    StepName.STRUCTURE: gitsteps.write_structure,
    StepName.BEADS: gitsteps.write_bead_file,
    StepName.COMMIT: gitsteps.commit,
    StepName.PLAN: plan,
    StepName.TEAM: staff,
}
