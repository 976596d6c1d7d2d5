"""Every core action, carried out in a real worktree and sandbox."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from loom_app.actions.context import ActionLimits
from loom_app.actions.execute import HANDLERS
from loom_app.actions.faults import ReplyError
from loom_app.actions.results import ending
from loom_app.actions.types import CORE
from loom_app.sandbox.commands import CommandLimits
from tests.actions.stage import REFUSED, Stage, stage


@pytest.fixture
def here(tmp_path: Path) -> Stage:
    return stage(tmp_path)


def test_every_offered_action_has_a_handler() -> None:
    assert set(HANDLERS) == set(CORE)


async def test_read_file(here: Stage) -> None:
    here.write("a.py", "one\ntwo\nthree\n")
    result = await here.act("read_file", path="a.py")
    assert (result.status, result.message) == ("executed", "file read")
    assert result.metadata == {
        "path": "a.py",
        "content": "one\ntwo\nthree\n",
        "size": 14,
        "start_line": 1,
        "lines": 3,
        "truncated": False,
    }
    part = await here.act("read_file", path="a.py", start_line=2, end_line=2)
    assert part.metadata["content"] == "two\n"


async def test_a_long_file_is_kept_in_part(tmp_path: Path) -> None:
    here = stage(tmp_path, limits=ActionLimits(kept_characters=10))
    here.write("a.py", "x" * 50)
    result = await here.act("read_file", path="a.py")
    assert (len(result.metadata["content"]), result.metadata["truncated"]) == (10, True)


async def test_tree_and_search(here: Stage) -> None:
    here.write("src/a.py", "needle here\n")
    tree = await here.act("read_tree")
    assert {"path": "src/a.py", "type": "file", "depth": 2} in tree.metadata["entries"]
    found = await here.act("search_text", query="needle")
    assert found.metadata["matches"] == [{"path": "src/a.py", "line": 1, "text": "needle here"}]


async def test_move_and_rename(here: Stage) -> None:
    here.write("util.py", "x = 1\n")
    moved = await here.act("move_file", source_path="util.py", target_path="lib/deep/util.py")
    assert moved.metadata["source"] == "util.py"
    assert moved.metadata["target"] == "lib/deep/util.py"
    named = await here.act("rename", path="lib/deep/", new_name="low")
    assert (named.status, named.metadata["new_name"]) == ("executed", "low")
    assert here.read("lib/low/util.py") == "x = 1\n"
    here.write("a.py", "")
    for source, target, code in (
        ("a.py", "lib/low/util.py", "path_exists"),
        ("a.py", "lib/", "path_invalid"),
        ("lib", "lib/low/lib", "path_invalid"),
        ("a.py", "../a.py", "path_outside"),
        ("a.py", ".git/hooks/pre-commit", "path_git"),
        ("none.py", "b.py", "path_not_found"),
    ):
        refused = await here.act("move_file", source_path=source, target_path=target)
        assert (refused.status, refused.metadata["code"]) == ("error", code), refused
    assert here.read("a.py") == ""
    assert here.read("lib/low/util.py") == "x = 1\n"
    with pytest.raises(ReplyError, match="without folders"):
        await here.act("rename_file", source_path="a.py", new_name="../b.py")


async def test_write_edit_patch_delete(here: Stage) -> None:
    assert (await here.act("write_file", path="d/a.py", content="x = 1\n")).metadata["bytes_written"] == 6
    edited = await here.act("edit_code", path="d/a.py", old="x = 1", new="x = 22")
    told = edited.metadata
    assert edited.message == "edited d/a.py (match: exact)"
    assert (told["match_strategy"], told["old_length"], told["new_length"], told["bytes_written"]) == ("exact", 5, 6, 7)
    assert (await here.act("edit_code", path="d/a.py", patch="@@\n-x = 22\n+x = 3\n")).status == "executed"
    patched = await here.act("apply_patch", patch="--- a/d/a.py\n+++ b/d/a.py\n@@ -1 +1,2 @@\n x = 3\n+y = 4\n")
    assert patched.metadata["files"] == ["d/a.py"]
    assert here.read("d/a.py") == "x = 3\ny = 4\n"
    assert (await here.act("delete_file", path="d/a.py")).metadata["file"] == "d/a.py"
    assert not (here.root / "d/a.py").exists()


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("read_file", {"path": "none.py"}, "path_not_found"),
        ("read_file", {"path": "../x"}, "path_outside"),
        ("read_file", {"path": "/etc/passwd"}, "path_outside"),
        ("read_file", {"path": "link"}, "path_outside"),
        ("read_file", {"path": "."}, "is_a_directory"),
        ("write_file", {"path": ".git/config", "content": ""}, "path_git"),
        ("edit_code", {"path": "a.py", "old": "zzz", "new": "y"}, "edit_not_found"),
        ("edit_code", {"path": "none.py", "old": "zzz", "new": "y"}, "path_not_found"),
        ("apply_patch", {"patch": "nonsense"}, "patch_malformed"),
        ("delete_file", {"path": "none.py"}, "path_not_found"),
        ("run_command", {"command": "true", "working_dir": "../"}, "path_outside"),
        ("run_command", {"command": "true", "working_dir": "none"}, "bad_command"),
        ("run_tests", {}, "no_tests"),
        ("run_tests", {"framework": "abacus"}, "no_tests"),
        ("escalate_ceo", {"reason": "r", "bead_id": "other-1"}, "other_bead"),
    ],
)
async def test_what_fails_is_a_result(here: Stage, kind: str, fields: dict[str, object], code: str) -> None:
    here.write("a.py", "x\n")
    (here.root / "link").symlink_to("/etc/passwd")
    result = await here.act(kind, **fields)
    assert (result.status, result.metadata["code"]) == ("error", code)
    assert result.message
    json.dumps(result.model_dump())


async def test_run_command_shows_everything(here: Stage) -> None:
    result = await here.act("run_command", command="echo out; printf '\\033[31mred\\000\\n' >&2; exit 3")
    told = result.metadata
    assert result.status == "executed"
    assert (told["exit_code"], told["stdout"], told["stderr"], told["ended"]) == (3, "out\n", "red\ufffd\n", "exited")
    assert isinstance(told["duration_ms"], int)


async def test_a_command_that_never_ends_is_stopped(tmp_path: Path) -> None:
    here = stage(tmp_path, limits=ActionLimits(CommandLimits(wall_seconds=1)))
    result = await here.act("run_command", command="sleep 60", timeout_seconds=3000)
    assert (result.metadata["ended"], result.metadata["exit_code"]) == ("timeout", None)


async def test_git_and_beads_reach_repository_and_board_with_the_key(here: Stage) -> None:
    assert (await here.act("git_status")).metadata["output"] == " M a.py"
    commit = await here.act("git_commit", message="Add it", files="a.py, b.py")
    assert commit.metadata["commit"].startswith("c0ffee")
    bead = await here.act("create_bead", title="New", priority="P0")
    assert bead.metadata["bead_id"] == "demo-new1"
    assert here.recorder.calls == [
        ("status",),
        ("commit", "Add it", ["a.py", "b.py"], "run-1/2/3"),
        ("create", "New", 0, "run-1/2/3"),
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "call", "told"),
    [
        ("git_log", {"max_count": 9000}, ("log", "", 200), {"output": "c0ffee1 2026-01-02 Quinn: One"}),
        ("git_list_branches", {}, ("branches",), {"output": "* agent/demo-1/x"}),
        ("git_diff_branches", {"source": "a", "target": "b"}, ("difference", "a", "b"), {"output": "+one"}),
        ("git_bead_commits", {}, ("of bead", "demo-1"), {"output": "", "bead_id": "demo-1"}),
        ("git_fetch", {}, ("fetch",), {"output": "nothing is new"}),
        ("git_merge", {"branch": "main"}, ("merge", "main", "", "run-1/2/3", False), {"commit_message": "Merge main"}),
        ("git_merge", {"branch": "x", "no_ff": True}, ("merge", "x", "", "run-1/2/3", True), {"source": "x"}),
        ("git_revert", {"sha": "c0ffee"}, ("revert", ["c0ffee"], "", "run-1/2/3"), {"files": ["a.py"]}),
        ("git_checkout", {"path": "a.py"}, ("take", "HEAD", ["a.py"]), {"files": ["a.py"], "branch": "HEAD"}),
    ],
)
async def test_other_commits_are_looked_at_and_taken_in(
    here: Stage, kind: str, fields: dict[str, object], call: tuple[object, ...], told: dict[str, object]
) -> None:
    result = await here.act(kind, **fields)
    assert (result.status, here.recorder.calls) == ("executed", [call])
    assert told.items() <= result.metadata.items()


async def test_a_run_stays_on_its_branch(here: Stage) -> None:
    with pytest.raises(ReplyError, match="stays on its own branch"):
        await here.act("git_checkout", branch="main")
    with pytest.raises(ReplyError, match="needs commit_sha"):
        await here.act("git_revert")
    for name in ("git_push", "git_branch_delete"):
        with pytest.raises(ReplyError, match="not offered here"):
            await here.act(name, branch="main")


@pytest.mark.parametrize(
    ("kind", "fields", "ends", "call"),
    [
        ("done", {"reason": "ok"}, "completed", ("close", "demo-1", "ok", "run-1/2/3")),
        ("close_bead", {"reason": "ok"}, "completed", ("close", "demo-1", "ok", "run-1/2/3")),
        ("close_bead", {"bead_id": "demo-1"}, "completed", ("close", "demo-1", "", "run-1/2/3")),
        ("close_bead", {"bead_id": "demo-9"}, None, ("close", "demo-9", "", "run-1/2/3")),
        ("escalate_ceo", {"reason": "why"}, "escalated", ("escalate", "why", None, "run-1/2/3")),
        ("ask_followup", {"question": "which?"}, "waiting", ("ask", "which?", "run-1/2/3")),
        ("decide", {"answer": "deny", "why": "no"}, "completed", ("decide", "deny", "no", "run-1/2/3")),
    ],
)
async def test_what_ends_a_run(
    here: Stage, kind: str, fields: dict[str, str], ends: str | None, call: tuple[str, ...]
) -> None:
    result = await here.act(kind, **fields)
    assert ending([result]) == ends
    assert here.recorder.calls == [call]


@pytest.mark.parametrize("error", [REFUSED, OSError(28, "No space left on device"), TimeoutError()])
async def test_a_refused_ending_does_not_end_the_run(here: Stage, error: Exception) -> None:
    here.recorder.refuse = error
    result = await here.act("done")
    assert (result.status, result.ends) == ("error", None)


def test_the_key_names_run_turn_and_place(here: Stage) -> None:
    assert here.context.at(7, 1).key == "run-1/7/1"


async def test_commands_see_git_but_cannot_change_it(here: Stage) -> None:
    await asyncio.to_thread(subprocess.run, ["git", "init", "-q", str(here.root)], check=True)
    result = await here.act("run_command", command="git status --short && echo x > .git/config")
    assert result.metadata["exit_code"] != 0 or not result.metadata["confined"]


KEY = "AKIA" + "Q3EGZ7NPJ4WTX2LM"


async def test_no_result_holds_a_key_wherever_it_comes_from(here: Stage) -> None:
    here.write("deploy.env", f"REGION=eu\nKEY={KEY}\nMODE=fast\n")
    read = await here.act("read_file", path="deploy.env")
    assert read.metadata["content"].splitlines()[1] == "KEY=[an AWS access key was taken out here]"
    assert read.metadata["lines"] == 3
    found = await here.act("search_text", query="KEY=")
    ran = await here.act("run_command", command="cat deploy.env; git diff --no-index /dev/null deploy.env")
    missed = await here.act("edit_code", path="deploy.env", old_text="KEY=nothing\nMODE=slow", new_text="x")
    assert KEY not in str([found, ran, missed])
    assert "was taken out here" in str(found)
    assert "was taken out here" in str(ran)


async def test_what_was_not_shown_is_not_written_over(here: Stage) -> None:
    before = f"REGION=eu\nKEY={KEY}\nMODE=fast\n"
    here.write("deploy.env", before)
    shown = (await here.act("read_file", path="deploy.env")).metadata["content"]
    written = await here.act("write_file", path="deploy.env", content=shown.replace("fast", "slow"))
    assert (written.status, written.metadata["code"]) == ("error", "secret_not_shown")
    whole = {"old_text": shown, "new_text": shown.replace("fast", "slow")}
    assert (await here.act("edit_code", path="deploy.env", **whole)).metadata["code"] == "secret_not_shown"
    assert (here.root / "deploy.env").read_text() == before
    around = await here.act("edit_code", path="deploy.env", old_text="MODE=fast", new_text="MODE=slow")
    assert around.status == "executed"
    assert (here.root / "deploy.env").read_text() == before.replace("fast", "slow")
