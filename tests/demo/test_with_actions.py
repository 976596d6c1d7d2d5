"""The plays carried out as agents' actions are: parsed, confined, in one worktree per bead, landed as one commit."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from loom_app.actions.context import ActionContext, LeaveNeeded
from loom_app.actions.execute import execute
from loom_app.actions.kinds.beads import AskFollowup, BeadDraft, LineRemark
from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.actions.parsing import parse_reply
from loom_app.actions.results import ActionResult, refusal
from loom_app.demo.sample_repository import ensure_sample
from loom_app.demo.script import play
from loom_app.git.checkout import Checkout
from loom_app.git.worktree import Author, Worktree
from loom_app.runs.versions import RunRepository
from loom_app.sandbox.commands import run
from loom_app.sandbox.workspace import Workspace
from tests.demo.workspace import ALL, in_order


class NoBoard:
    """The plays neither file beads nor ask anybody."""

    async def create_bead(self, draft: BeadDraft, key: str) -> tuple[str, bool]:
        raise AssertionError(draft)

    async def close_bead(self, bead_id: str, reason: str, key: str) -> None:
        """The end of a play."""

    async def propose(self, title: str, key: str) -> None:
        raise AssertionError(title)

    async def escalate(self, reason: str, returned_to: str | None, key: str) -> str:
        raise AssertionError(reason)

    async def ask(self, asked: AskFollowup, key: str) -> str:
        raise AssertionError(asked)

    async def ask_leave(self, need: LeaveNeeded, reason: str, key: str) -> str:
        raise AssertionError(need)

    async def decide(self, decision: str, rationale: str, key: str) -> str:
        raise AssertionError(decision)

    async def judge(
        self, bead_id: str, reason: str, key: str, *, approves: bool, comments: Sequence[LineRemark] = ()
    ) -> str:
        raise AssertionError(bead_id)

    async def send(self, message: SendAgentMessage, key: str) -> dict[str, str]:
        raise AssertionError(message)

    async def delegate(self, task: DelegateTask, key: str) -> tuple[dict[str, str], bool]:
        raise AssertionError(task)


async def carry_out(bead_id: str, tree: Worktree) -> list[list[ActionResult]]:
    """The results of each turn of a play."""
    context = ActionContext(
        workspace=Workspace(tree.folder),
        repository=RunRepository(tree),
        board=NoBoard(),
        team=NoBoard(),
        runner=partial(run, root=tree.folder),
        reader=partial(run, root=tree.folder),
        run_id=f"run-{bead_id}",
        bead_id=bead_id,
        test_command="python3 -m unittest",
    )
    turns = []
    for number, turn in enumerate(play(bead_id), start=1):
        results: list[ActionResult] = []
        for index, action in enumerate(parse_reply(turn.reply()).actions):
            assert refusal(action, results) is None
            results.append(await execute(action, context.at(number, index)))
        turns.append(results)
    return turns


@pytest.fixture
async def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "demo" / "repo", "", "main")
    await ensure_sample(made)
    return made


async def test_eight_beads_become_eight_commits_and_a_green_suite(checkout: Checkout, tmp_path: Path) -> None:
    for bead_id in in_order(ALL):
        trailers = {"Bead": bead_id, "Run": f"run-{bead_id}"}
        tree = Worktree(checkout, tmp_path / bead_id, f"agent/{bead_id}/x", Author("Ada", "ada@example.com"), trailers)
        await tree.open()
        turns = await carry_out(bead_id, tree)
        flat = [result for results in turns for result in results]
        assert [result for result in flat if result.status != "executed"] == []
        assert [result.ends for result in flat][-1] == "completed"
        tested = [result for result in flat if result.action_type == "run_tests"]
        assert tested[-1].metadata["success"], tested[-1].metadata["output"]
        assert all(result.metadata["passed"] + result.metadata["failed"] > 0 for result in tested)
        landing = await tree.land((await tree.messages())[0])
        assert landing.commit
        assert not landing.conflicts
        await tree.close(keep_branch=False)
    suite = await run(["python3", "-m", "unittest"], root=checkout.folder)
    assert suite.exit_code == 0, suite.stderr
    assert "Ran 52 tests" in suite.stderr
