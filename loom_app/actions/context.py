"""What an action needs from the rest of Loom, as narrow promises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from loom_app.actions.kinds.beads import AskFollowup, BeadDraft, LineRemark
from loom_app.actions.kinds.pullrequests import AddPrComment, SubmitReview
from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.kernel.errors import Forbidden
from loom_app.kernel.keyforms import without_keys
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome
from loom_app.sandbox.policy.rules import Ruling
from loom_app.sandbox.workspace import Workspace


class LeaveNeeded(Forbidden):
    """People are to be asked before `command` is run; `ruling` says why, and what would let it run."""

    code = "leave_needed"

    def __init__(self, command: str, ruling: Ruling) -> None:
        super().__init__(f"The command was not run: people are to allow it first. {ruling.rule}")
        self.command, self.ruling = command, ruling


@dataclass(frozen=True)
class CommitInfo:
    """A commit that was made: its full hash and the paths it changed."""

    sha: str
    files_changed: tuple[str, ...] = ()
    branch: str = ""
    subject: str = ""


class Repository(Protocol):
    """Git in the run's worktree. Every method may raise a LoomError, whose message the model is told."""

    async def git_status(self) -> str:
        """Changed files, one a line; empty when there are none."""

    async def git_diff(self) -> str:
        """The change since the last commit as a unified diff, new files included; empty when there is none."""

    async def commit(self, message: str, files: Sequence[str], key: str) -> CommitInfo:
        """Commits `files`, or every change when there are none named. The same `key` again answers the same commit."""

    async def git_log(self, branch: str, most: int) -> str:
        """The newest commits of a branch, of the run's own for "", one a line."""

    async def git_branches(self) -> str:
        """The branches, one a line."""

    async def git_diff_branches(self, source: str, target: str) -> str:
        """What `source` has changed since it parted from `target`."""

    async def changed_paths(self) -> list[str]:
        """The files that the run has changed so far, committed or not."""

    async def git_bead_commits(self, bead_id: str) -> str:
        """The commits on any branch that are for a work item, one a line."""

    async def fetch(self) -> str:
        """Brings the repository up to date and tells what of it the run's branch lacks."""

    async def merge(self, source: str, message: str, key: str, *, no_ff: bool) -> CommitInfo | None:
        """Takes the commits of `source` into the run's branch; None when it has them. A conflict changes nothing."""

    async def revert(self, commits: Sequence[str], reason: str, key: str) -> CommitInfo:
        """One commit that takes back what `commits` changed. A conflict changes nothing."""

    async def take_files(self, branch: str, files: Sequence[str]) -> list[str]:
        """Puts files back as they are on a branch or at a commit; answers their paths."""


class Board(Protocol):
    """The work items and decisions. Every method may raise a LoomError; the same `key` again answers the same."""

    async def create_bead(self, draft: BeadDraft, key: str) -> tuple[str, bool]:
        """Files a work item in the run's project. Answers its id, and whether it was made just now."""

    async def close_bead(self, bead_id: str, reason: str, key: str) -> None:
        """Takes a work item as done."""

    async def propose(self, title: str, key: str) -> None:
        """Takes the run's own work item as done by a pull request. Raises Conflict where there are none."""

    async def escalate(self, reason: str, returned_to: str | None, key: str) -> str:
        """Puts the run's work item before the CEO and answers the decision's id."""

    async def ask(self, asked: AskFollowup, key: str) -> str:
        """Asks people a question about the run's work item and answers the decision's id."""

    async def ask_leave(self, need: LeaveNeeded, reason: str, key: str) -> str:
        """Asks people whether a command may run, for which the agent gave a `reason`; answers the decision's id."""

    async def decide(self, decision: str, rationale: str, key: str) -> str:
        """Answers the decision that the run's work item asks for, which is then done; answers its id."""

    async def judge(
        self, bead_id: str, reason: str, key: str, *, approves: bool, comments: Sequence[LineRemark] = ()
    ) -> str:
        """Answers whether the work that the run reviews is right, with `comments` on lines of it; the decision's id."""


class Team(Protocol):
    """The colleagues. Every method may raise a LoomError; the same `key` again answers the same."""

    async def send(self, message: SendAgentMessage, key: str) -> Mapping[str, Any]:
        """Has a colleague told in its next turn. Answers what the result tells of the message."""

    async def delegate(self, task: DelegateTask, key: str) -> tuple[Mapping[str, Any], bool]:
        """Files a part of the run's work item for a role. Answers what is told of it, and whether it is new."""


class Pulls(Protocol):
    """The project's pull requests on GitHub. Every method may raise a LoomError; what is said has its key and is said
    once."""

    async def fetch(self, number: int, *, files: bool, diff: bool) -> Mapping[str, Any]:
        """What is told of a pull request, with its files and its diff where they are wanted."""

    async def comment(self, said: AddPrComment, key: str) -> str:
        """Says something on a pull request; answers its address."""

    async def submit_review(self, said: SubmitReview, key: str) -> str:
        """Reviews a pull request; answers the review's address. Raises Forbidden for a verdict on one's own work."""

    async def request_review(self, number: int, reviewer: str) -> None:
        """Asks somebody for a review."""


class Runner(Protocol):
    """Runs programs in the run's worktree, confined: `functools.partial(sandbox.commands.run, root=worktree)`."""

    async def __call__(
        self, argv: Sequence[str], *, cwd: str = ".", limits: CommandLimits, env: Mapping[str, str]
    ) -> CommandOutcome:
        """Runs one program in the folder `cwd` of the worktree, within `limits`."""


class Reader(Protocol):
    """Runs Loom's own program that reads code, in the sandbox: no command of the agent, so no rule is asked for it."""

    async def __call__(self, argv: Sequence[str], *, limits: CommandLimits, readonly: Sequence[Path]) -> CommandOutcome:
        """Runs it at the top of the worktree; it sees the `readonly` places too."""


@dataclass(frozen=True)
class ActionLimits:
    """How much one action may take. `command` holds for commands and tests alike; a model may ask for less time."""

    command: CommandLimits = field(default_factory=CommandLimits)
    read_bytes: int = 1_000_000
    kept_characters: int = 20_000
    """How much of a file's text or a command's output the record keeps."""

    def within(self, seconds: float | None) -> CommandLimits:
        """The limits of a command for which a model asked `seconds`."""
        most = self.command.wall_seconds
        return replace(self.command, wall_seconds=min(seconds or most, most))


@dataclass(frozen=True)
class ActionContext:
    """Where an action runs: one run's worktree, repository and work item, and its place in the run."""

    workspace: Workspace
    repository: Repository
    board: Board
    team: Team
    runner: Runner
    reader: Reader
    run_id: str
    bead_id: str
    turn: int = 1
    index: int = 0
    pulls: Pulls | None = None
    """None where there are none to reach."""
    test_command: str | None = None
    """The project's own way to run its tests, a shell command; None to find one by the files."""
    limits: ActionLimits = field(default_factory=ActionLimits)
    clean: Callable[[str], str] = without_keys
    """A text without secrets: what is told to a model or kept of files and commands."""

    @property
    def key(self) -> str:
        """The idempotency key of this action."""
        return f"{self.run_id}/{self.turn}/{self.index}"

    def at(self, turn: int, index: int) -> "ActionContext":
        """The same context for another action of the run."""
        return replace(self, turn=turn, index=index)
