"""A copy of the sample project in which the demo's replies are carried out, without the rest of Loom."""

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loom_app.demo.script import SAMPLE, bead_ids, play

GIT = ("git", "-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false")


def sample_beads() -> dict[str, dict[str, Any]]:
    """The beads of the sample project by id."""
    lines = (SAMPLE / ".beads" / "issues.jsonl").read_text(encoding="utf-8").splitlines()
    return {bead["id"]: bead for bead in map(json.loads, lines)}


def blockers(bead_id: str) -> set[str]:
    """What must be done before a bead, directly."""
    return {edge["depends_on_id"] for edge in sample_beads()[bead_id].get("dependencies", [])}


def ancestors(bead_id: str) -> set[str]:
    """What must be done before a bead, at any distance."""
    direct = blockers(bead_id)
    return direct.union(*map(ancestors, direct))


def in_order(wanted: set[str]) -> list[str]:
    """Beads in an order that their dependencies allow."""
    return sorted(wanted, key=lambda bead_id: (len(ancestors(bead_id)), bead_id))


def touched(bead_id: str) -> set[str]:
    """The files a play writes."""
    writes = ("edit_code", "write_file")
    return {action["path"] for turn in play(bead_id) for action in turn.actions if action["type"] in writes}


@dataclass(frozen=True)
class Outcome:
    """What one action came to."""

    action: dict[str, Any]
    ok: bool
    output: str = ""

    @property
    def kind(self) -> str:
        return str(self.action["type"])


class Workspace:
    """A folder with the sample project, played in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def fresh(cls, folder: Path) -> "Workspace":
        """The sample project as a new repository with one commit."""
        shutil.copytree(SAMPLE, folder)
        workspace = cls(folder)
        workspace.git("init", "-q", "-b", "main")
        workspace.git("add", "-A")
        workspace.git("commit", "-q", "-m", "Potluck as it is")
        return workspace

    def git(self, *arguments: str) -> str:
        """Run git; fails when git does."""
        done = subprocess.run([*GIT, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def worktree(self, folder: Path, branch: str) -> "Workspace":
        """A worktree of the newest main, on a branch of its own."""
        self.git("worktree", "add", "-q", "-b", branch, str(folder), "main")
        return Workspace(folder)

    def tests(self, pattern: str | None = None) -> Outcome:
        """Run the suite or a part of it."""
        return self.carry_out({"type": "run_tests", "test_pattern": pattern})

    def play(self, bead_id: str) -> list[Outcome]:
        """Every turn of a bead, in the order it was written."""
        return [self.carry_out(json.loads(json.dumps(action))) for turn in play(bead_id) for action in turn.actions]

    def change(self, *wanted: str) -> None:
        """What the plays of these beads change and commit, without looking and testing."""
        for action in (action for bead_id in wanted for turn in play(bead_id) for action in turn.actions):
            if action["type"] in ("write_file", "edit_code", "git_commit"):
                self.carry_out(dict(action))

    def carry_out(self, action: dict[str, Any]) -> Outcome:
        """One action; anything a careful engineer would not do is a failure."""
        match action:
            case {"type": "read_file" | "read_tree" | "search_text"}:
                assert (self.folder / action["path"]).exists(), action
            case {"type": "write_file"}:
                (self.folder / action["path"]).write_text(action["content"], encoding="utf-8")
            case {"type": "edit_code"}:
                self._edit(self.folder / action["path"], action["old_text"], action["new_text"])
            case {"type": "run_command"}:
                return self._run(action, shlex.split(action["command"]))
            case {"type": "run_tests"}:
                pattern = action.get("test_pattern")
                return self._run(action, ["python3", "-m", "unittest", *(["-k", pattern] if pattern else [])])
            case {"type": "git_commit"}:
                self.git("add", "-A")
                self.git("commit", "-q", "-m", action["commit_message"])
            case {"type": "git_status" | "git_diff" | "done"}:
                pass
            case _:
                raise AssertionError(f"no play should hold {action}")
        return Outcome(action, ok=True)

    @staticmethod
    def _edit(path: Path, old: str, new: str) -> None:
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1, f"{path.name} holds this {before.count(old)} times:\n{old}"
        path.write_text(before.replace(old, new), encoding="utf-8")

    def _run(self, action: dict[str, Any], command: list[str]) -> Outcome:
        command = [sys.executable, "-B", *command[1:]] if command[0] == "python3" else command
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        return Outcome(action, done.returncode == 0, done.stdout + done.stderr)


ALL = set(bead_ids())
