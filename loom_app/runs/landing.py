"""How finished work leaves the worktree: one commit, on the project's branch or on its own for review."""

from dataclasses import dataclass

from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.config import Settings
from loom_app.git.worktree import Worktree
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable
from loom_app.projects.models import GitStrategy, Project
from loom_app.runs.proving import NotLanded, prove
from loom_app.runs.workplace import Job

UNFINISHED = "Unfinished: "
"""How the message of a commit begins that keeps work for a later run."""
TRIES = 4
"""How often the tests are run for one landing when the project's branch moves meanwhile."""


@dataclass(frozen=True)
class Landed:
    """What became of the work: its commit and diff (both empty when nothing changed) and a sentence for people.

    `problem` is why the origin does not have it yet, or empty; `waits` says that people look at it first.
    """

    commit: str
    diff: str
    sentence: str
    problem: str
    waits: bool = False


async def land(db: Database, job: Job, tree: Worktree, reason: str, settings: Settings) -> Landed:
    """Lands the run's work as the project's strategy says, or leaves it for review. Safe to repeat.

    Raises Invalid, for the model to mend, when it conflicts with what landed meanwhile, has conflict markers left or
    the project's tests fail on it.
    """
    message = commit_message(job, await tree.messages(), reason)
    if waits(job.project):
        async with tree.checkout.turn():
            return await _leave_on_branch(db, job.project, tree, message, settings)
    diff = await tree.whole_diff()
    async with tree.checkout.turn():
        commit, problem = await merge(db, job.project, tree, message, settings)
    if not commit:
        return Landed("", "", "Nothing in the repository changed.", "")
    return Landed(commit, diff, f"Landed on {job.project.branch} as {commit[:12]}.", problem)


def waits(project: Project) -> bool:
    """Whether finished work stays on a branch of its own until it was reviewed."""
    return project.git_strategy == GitStrategy.BRANCH_PR or bool(project.review_by)


async def merge(db: Database, project: Project, tree: Worktree, message: str, settings: Settings) -> tuple[str, str]:
    """Puts the work on the project's branch, once the tests pass on what would stand there. Call it in the queue.

    Answers the commit, empty when nothing changed, and why the origin does not have it yet. Raises Invalid as `land`,
    Unavailable when others push again and again before the tests are through.
    """
    proved = ""
    for _ in range(2 * TRIES):
        async with tree.checkout.locked():
            if not await _stacked(project, tree, message):
                return "", ""
            onto = await tree.checkout.head()
            if await _is_proved(project, tree, proved):
                problem = await _put_out(tree, onto)
                if problem is None:
                    continue
                return await tree.landed(), problem
        await prove(db, project, tree, settings)
        proved = onto
    raise Unavailable(
        f"Others pushed to {project.branch} {TRIES} times while this was tested, so nothing landed. Try again when it "
        "is quieter there.",
        code="branch_moves",
    )


async def _put_out(tree: Worktree, onto: str) -> str | None:
    """Takes what `stack` made to the origin and then moves the project's branch.

    Answers why the origin does not have it, or ""; None, and nothing has moved, when others pushed at that moment.
    """
    if await tree.landed():
        return await tree.checkout.deliver()
    problem = await tree.checkout.offer(tree.branch)
    if problem and not await tree.checkout.follow() and await tree.checkout.head() != onto:
        return None
    await tree.advance()
    if problem:
        await tree.checkout.note_tests(passed=True)
    return problem


async def rehearse(db: Database, project: Project, tree: Worktree, message: str, settings: Settings) -> str:
    """Puts the work on top of the project's branch, which stays as it is, and tests it there. Call it in the queue.

    Answers the commit in the worktree, empty when nothing changed. Raises Invalid as `land`.
    """
    async with tree.checkout.locked():
        commit = await _stacked(project, tree, message)
    if commit and project.test_command and not await tree.landed():
        await prove(db, project, tree, settings)
    return commit


async def _stacked(project: Project, tree: Worktree, message: str) -> str:
    """The commit of the work on top of what the origin has now; "" when nothing changed. Raises Invalid."""
    await BeadFilePlace.of(tree.checkout, project.beads_path).keep_edits()
    await tree.checkout.follow()
    landing = await tree.stack(message)
    if landing.conflicts:
        raise _conflict(landing.conflicts)
    return landing.commit


async def _is_proved(project: Project, tree: Worktree, onto: str) -> bool:
    """Whether the tests passed on this, or there are none to pass; bead files that came in between change nothing."""
    if not project.test_command or await tree.landed():
        return True
    return bool(onto) and await tree.checkout.moved_only(onto, project.beads_path)


def _conflict(files: tuple[str, ...]) -> NotLanded:
    return NotLanded(
        f"Other work landed meanwhile and changes the same lines in {', '.join(files)}.",
        "Your worktree now stands on top of it, with both sides between <<<<<<< and >>>>>>> markers. Read those files, "
        "make both intents hold, remove the markers, run the tests, then answer done again.",
        code="landing_conflict",
    )


async def _leave_on_branch(db: Database, project: Project, tree: Worktree, message: str, settings: Settings) -> Landed:
    commit = await rehearse(db, project, tree, message, settings)
    if not commit:
        return Landed("", "", "Nothing in the repository changed.", "")
    diff, problem = await tree.whole_diff(), ""
    if project.git_strategy == GitStrategy.BRANCH_PR:
        async with tree.checkout.locked():
            problem = await tree.checkout.push_branch(tree.branch)
    return Landed(commit, diff, f"Waits for review on {tree.branch} as {commit[:12]}.", problem, waits=True)


def commit_message(job: Job, messages: list[str], reason: str) -> str:
    """The agent's own message when there is one; else the bead's title with what the agent did beneath."""
    own = [message for message in messages if message and not message.startswith(UNFINISHED)]
    if len(own) == 1:
        return own[0]
    points = [f"- {message.splitlines()[0]}" for message in own]
    return "\n\n".join(part for part in (job.bead.title, "\n".join(points) or reason.strip()) if part)
