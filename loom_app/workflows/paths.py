"""The path of a bead as data: what dispatch, runs, reviews and landing really do, in the order in which they do it."""

from math import ceil

from loom_app.config import Settings
from loom_app.decisions.opening import ANSWER_WITHIN
from loom_app.kernel.errors import NotFound
from loom_app.projects.models import GitStrategy, Project
from loom_app.workflows.schemas import Definition, Edge, Node

WORK, APPROVAL, VERIFY, COMMIT = "work", "approval", "verify", "commit"
TYPES = {WORK: "task", APPROVAL: "approval", VERIFY: "verify", COMMIT: "commit"}
INSTRUCTIONS = {
    WORK: "An agent works on the bead in a worktree of its own, turn by turn, until it says that it is done.",
    APPROVAL: "A person, or an agent whose role the project leaves reviews to, approves the change or sends it back.",
    VERIFY: "The change is put on top of the project's branch and the project's test command runs there.",
    COMMIT: "One commit per bead is put on the project's branch and pushed, or merged by a pull request.",
}
ORDER = {GitStrategy.DIRECT: (WORK, VERIFY, COMMIT), GitStrategy.BRANCH_PR: (WORK, APPROVAL, VERIFY, COMMIT)}
SAID = {
    GitStrategy.DIRECT: ("Landed directly", "Finished work that passes the tests lands on the project's branch."),
    GitStrategy.BRANCH_PR: ("Landed after review", "Finished work waits on its own branch until it is approved."),
}
BACK = {WORK: ("failure", WORK), APPROVAL: ("rejected", WORK), VERIFY: ("failure", WORK), COMMIT: ("failure", WORK)}
FORTH = {WORK: "success", APPROVAL: "approved", VERIFY: "success", COMMIT: "success"}


def definitions(of: Settings) -> list[Definition]:
    """Both paths, as they are where no project says otherwise."""
    return [_defined(strategy, of, None) for strategy in GitStrategy]


def definition(definition_id: str, of: Settings) -> Definition:
    """The path called so. Raises NotFound."""
    for one in definitions(of):
        if one.id == definition_id:
            return one
    known = " and ".join(GitStrategy)
    raise NotFound(f"There is no workflow {definition_id!r}; there are {known}.", code="workflow_not_found")


def of_project(project: Project, of: Settings) -> Definition:
    """The path that beads of the project take."""
    return _defined(GitStrategy(project.git_strategy), of, project)


def _defined(strategy: GitStrategy, of: Settings, project: Project | None) -> Definition:
    name, said = SAID[strategy]
    order = [key for key in ORDER[strategy] if key != VERIFY or project is None or project.test_command]
    return Definition(
        id=strategy, name=name, description=said, workflow_type="custom", is_default=strategy is GitStrategy.DIRECT,
        project_id=project.id if project else "", created_at=project.created_at if project else None,
        updated_at=project.updated_at if project else None,
        nodes=[_node(strategy, key, of, project) for key in order], edges=_edges(strategy, order),
    )  # fmt: skip


def _node(strategy: str, key: str, of: Settings, project: Project | None) -> Node:
    roles = project.review_by if project and key == APPROVAL else []
    longest = {
        WORK: of.runs.max_turns * of.runs.turn_seconds / 60,
        APPROVAL: ANSWER_WITHIN.total_seconds() / 60,
        VERIFY: of.sandbox.wall_seconds / 60,
    }
    return Node(
        id=f"{strategy}:{key}", workflow_id=strategy, node_key=key, node_type=TYPES[key],
        role_required=roles[0] if roles else "", persona_hint="", instructions=INSTRUCTIONS[key],
        max_attempts=of.dispatch.max_hops if key == WORK else 1, timeout_minutes=ceil(longest.get(key, 0)),
        metadata={"roles": roles} if roles else {},
    )  # fmt: skip


def _edges(strategy: str, order: list[str]) -> list[Edge]:
    ways = [("", order[0], "success"), (WORK, "", "escalated")]
    for key, after in zip(order, [*order[1:], ""], strict=True):
        condition, back = BACK[key]
        ways += [(key, after, FORTH[key]), (key, back, condition)]
    return [
        Edge(
            id=f"{strategy}:{number}", workflow_id=strategy, from_node_key=from_, to_node_key=to, condition=condition,
            priority=number,
        )
        for number, (from_, to, condition) in enumerate(ways)
    ]  # fmt: skip
