"""How finished work leaves the worktree: one commit, on the project's branch or on its own for review."""

from dataclasses import dataclass

from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.git.worktree import Worktree
from loom_app.kernel.errors import Invalid
from loom_app.projects.models import GitStrategy
from loom_app.runs.workplace import Job

UNFINISHED = "Unfinished: "
"""How the message of a commit begins that keeps work for a later run."""


@dataclass(frozen=True)
class Landed:
    """What became of the work: its commit and diff (both empty when nothing changed) and a sentence for people.

    `problem` is why the origin does not have it yet, or empty.
    """

    commit: str
    diff: str
    sentence: str
    problem: str


async def land(job: Job, tree: Worktree, reason: str) -> Landed:
    """Lands the run's work as the project's strategy says. Safe to repeat.

    Raises Invalid, for the model to mend, when it conflicts with what landed meanwhile or has conflict markers left.
    """
    diff = await tree.whole_diff()
    message = commit_message(job, await tree.messages(), reason)
    async with tree.checkout.locked():
        if job.project.git_strategy == GitStrategy.BRANCH_PR:
            return await _leave_on_branch(tree, message, diff)
        await BeadFilePlace.of(tree.checkout, job.project.beads_path).keep_edits()
        await tree.checkout.follow()
        landing = await tree.land(message)
        if landing.conflicts:
            raise Invalid(
                f"Other work landed meanwhile and changes the same lines in {', '.join(landing.conflicts)}. Your "
                "worktree now stands on top of it, with both sides between <<<<<<< and >>>>>>> markers. Read those "
                "files, make both intents hold, remove the markers, run the tests, then answer done again.",
                code="landing_conflict",
            )
        if not landing.commit:
            return Landed("", "", "Nothing in the repository changed.", "")
        problem = await tree.checkout.deliver()
        commit = await tree.landed()
    return Landed(commit, diff, f"Landed on {job.project.branch} as {commit[:12]}.", problem)


async def _leave_on_branch(tree: Worktree, message: str, diff: str) -> Landed:
    commit = await tree.squash(message)
    if not commit:
        return Landed("", "", "Nothing in the repository changed.", "")
    problem = await tree.checkout.push_branch(tree.branch)
    return Landed(commit, diff, f"Waits for review on {tree.branch} as {commit[:12]}.", problem)


def commit_message(job: Job, messages: list[str], reason: str) -> str:
    """The agent's own message when there is one; else the bead's title with what the agent did beneath."""
    own = [message for message in messages if message and not message.startswith(UNFINISHED)]
    if len(own) == 1:
        return own[0]
    points = [f"- {message.splitlines()[0]}" for message in own]
    return "\n\n".join(part for part in (job.bead.title, "\n".join(points) or reason.strip()) if part)
