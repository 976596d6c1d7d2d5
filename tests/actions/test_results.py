"""What may run after what, and how a run ends."""

import pytest

from loom_app.actions.kinds.beads import Done
from loom_app.actions.kinds.commands import RunCommand, RunTests
from loom_app.actions.kinds.files import EditCode
from loom_app.actions.kinds.git import GitCommit, GitStatus
from loom_app.actions.results import ActionResult, ending, executed, failed, interrupted, refusal, skipped

EDIT = EditCode(path="a", old_text="x", new_text="y")
DONE, COMMIT, STATUS = Done(), GitCommit(commit_message="m"), GitStatus()
RED = executed(RunTests(), "tests failed", success=False, exit_code=1)
GREEN = executed(RunTests(), "tests passed", success=True, exit_code=0)
CODE_1 = executed(RunCommand(command="false"), "failed", exit_code=1)


@pytest.mark.parametrize(
    ("earlier", "refused"),
    [
        ([], []),
        ([GREEN], []),
        ([executed(EDIT, "edited")], []),
        ([failed(EDIT, "no")], ["git_commit", "done"]),
        ([interrupted(EDIT)], ["git_commit", "done"]),
        ([RED], ["done"]),
        ([CODE_1], ["done"]),
        ([executed(RunCommand(command="x"), "killed", exit_code=None)], ["done"]),
        ([skipped(COMMIT, "no")], ["git_commit", "done"]),
        ([executed(DONE, "done", ends="completed")], ["git_status", "git_commit", "done"]),
    ],
)
def test_what_must_not_follow_what(earlier: list[ActionResult], refused: list[str]) -> None:
    assert [action.name for action in (STATUS, COMMIT, DONE) if refusal(action, earlier)] == refused


def test_a_run_ends_as_its_ending_action_says() -> None:
    assert ending([GREEN]) is None
    assert ending([GREEN, executed(DONE, "done", ends="completed")]) == "completed"


def test_a_result_survives_the_record() -> None:
    assert ActionResult.model_validate_json(RED.model_dump_json()) == RED
