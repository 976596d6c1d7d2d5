"""A stage for actions: a real worktree and sandbox, and a board and repository that write down what they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from loom_app.actions.building import build_action
from loom_app.actions.context import ActionContext, CommitInfo, LeaveNeeded
from loom_app.actions.execute import execute
from loom_app.actions.kinds.beads import AskFollowup, BeadDraft, LineRemark
from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.actions.results import ActionResult
from loom_app.kernel.errors import Conflict
from loom_app.sandbox import commands
from loom_app.sandbox.workspace import Workspace


@dataclass
class Recorder:
    """Board and repository in one; `refuse` makes every call raise."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    refuse: Exception | None = None
    status: str = " M a.py"
    changed: list[str] = field(default_factory=list)

    def _note(self, *call: Any) -> None:
        if self.refuse:
            raise self.refuse
        self.calls.append(call)

    async def git_status(self) -> str:
        self._note("status")
        return self.status

    async def git_diff(self) -> str:
        self._note("diff")
        return ""

    async def commit(self, message: str, files: Sequence[str], key: str) -> CommitInfo:
        self._note("commit", message, list(files), key)
        return CommitInfo("c0ffee" * 6, ("a.py",))

    async def git_log(self, branch: str, most: int) -> str:
        self._note("log", branch, most)
        return "c0ffee1 2026-01-02 Quinn: One"

    async def git_branches(self) -> str:
        self._note("branches")
        return "* agent/demo-1/x"

    async def git_diff_branches(self, source: str, target: str) -> str:
        self._note("difference", source, target)
        return "+one"

    async def changed_paths(self) -> list[str]:
        return self.changed

    async def git_bead_commits(self, bead_id: str) -> str:
        self._note("of bead", bead_id)
        return ""

    async def fetch(self) -> str:
        self._note("fetch")
        return "nothing is new"

    async def merge(self, source: str, message: str, key: str, *, no_ff: bool) -> CommitInfo | None:
        self._note("merge", source, message, key, no_ff)
        return CommitInfo("c0ffee" * 6, ("a.py",), "agent/demo-1/x", "Merge main") if source == "main" else None

    async def revert(self, commits: Sequence[str], reason: str, key: str) -> CommitInfo:
        self._note("revert", list(commits), reason, key)
        return CommitInfo("c0ffee" * 6, ("a.py",), "agent/demo-1/x", 'Revert "One"')

    async def take_files(self, branch: str, files: Sequence[str]) -> list[str]:
        self._note("take", branch, list(files))
        return list(files)

    async def create_bead(self, draft: BeadDraft, key: str) -> tuple[str, bool]:
        self._note("create", draft.title, draft.priority, key)
        return "demo-new1", True

    async def close_bead(self, bead_id: str, reason: str, key: str) -> None:
        self._note("close", bead_id, reason, key)

    async def propose(self, title: str, key: str) -> None:
        self._note("propose", title, key)

    async def escalate(self, reason: str, returned_to: str | None, key: str) -> str:
        self._note("escalate", reason, returned_to, key)
        return "dec-1"

    async def ask(self, asked: AskFollowup, key: str) -> str:
        self._note("ask", asked.question, key)
        return "dec-2"

    async def ask_leave(self, need: LeaveNeeded, reason: str, key: str) -> str:
        self._note("leave", need.command, reason, key)
        return "dec-4"

    async def decide(self, decision: str, rationale: str, key: str) -> str:
        self._note("decide", decision, rationale, key)
        return "dec-3"

    async def judge(
        self, bead_id: str, reason: str, key: str, *, approves: bool, comments: Sequence[LineRemark] = ()
    ) -> str:
        self._note("judge", bead_id, reason, approves, key)
        return "dec-4"

    async def send(self, message: SendAgentMessage, key: str) -> dict[str, str]:
        self._note("send", message.to_agent_id or message.to_agent_role, message.message_body, key)
        return {"message_id": "msg-1", "to_agent_id": "agent-1", "message_type": message.message_type}

    async def delegate(self, task: DelegateTask, key: str) -> tuple[dict[str, str], bool]:
        self._note("delegate", task.delegate_to_role, task.task_title, key)
        return {"child_bead_id": "demo-new2", "delegate_to_role": task.delegate_to_role}, True


@dataclass
class Stage:
    """One run's surroundings."""

    root: Path
    context: ActionContext
    recorder: Recorder

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    async def act(self, kind: str, **fields: Any) -> ActionResult:
        action, _ = build_action({"type": kind, **fields})
        return await execute(action, self.context)


def stage(root: Path, **changes: Any) -> Stage:
    """A stage in an empty folder."""
    recorder = Recorder()
    given: dict[str, Any] = {
        "workspace": Workspace(root),
        "repository": recorder,
        "board": recorder,
        "team": recorder,
        "runner": partial(commands.run, root=root),
        "reader": partial(commands.run, root=root),
        "run_id": "run-1",
        "bead_id": "demo-1",
        "turn": 2,
        "index": 3,
    }
    return Stage(root, ActionContext(**{**given, **changes}), recorder)


REFUSED = Conflict("The board says no.", code="refused")
