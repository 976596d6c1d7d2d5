"""Git as it is run: what it says is read within limits, and nothing of it goes on after it was given up."""

import os
import socket
from pathlib import Path

import pytest

from loom_app.git import runner
from loom_app.git.progress import Progress
from loom_app.git.runner import GitFailed, git
from loom_app.git.session import Session
from tests.support import git_repository as repo
from tests.support.waiting import is_gone, until


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program found as `git` before the real one; the test writes what it does."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


async def test_what_git_says_of_a_refused_address_holds_no_password(tmp_path: Path) -> None:
    """The configuration of whoever runs Loom may put one into addresses by itself."""
    with pytest.raises(GitFailed) as failed:
        await git("ls-remote", "https://pat:s3cret@127.0.0.1:1/a.git", cwd=tmp_path, session=Session())
    assert "127.0.0.1" in failed.value.message
    assert "s3cret" not in f"{failed.value.message}{failed.value.extra}"


async def test_a_clone_tells_how_far_it_is(tmp_path: Path) -> None:
    origin = repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    steps: list[Progress] = []
    await git("clone", "--no-local", f"file://{origin}", "copy", cwd=tmp_path, session=Session(), report=steps.append)
    assert {"Counting objects", "Receiving objects"} <= {step.stage for step in steps}
    assert steps[-1].percent == 100


async def test_a_remote_that_says_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "QUIET_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(GitFailed, match="sign of life") as failed:
        await git("ls-remote", f"git://127.0.0.1:{silent.getsockname()[1]}/a", cwd=tmp_path, session=Session())
    assert failed.value.code == "git_timeout"


async def test_what_git_started_ends_with_it(tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "QUIET_SECONDS", 0.3)
    stand_in.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! >{tmp_path}/child\nwait\n")
    with pytest.raises(GitFailed):
        await git("fetch", cwd=tmp_path, session=Session())
    child = int((tmp_path / "child").read_text())
    until(lambda: is_gone(child))


async def test_a_slow_transfer_that_gets_on_is_waited_for(
    tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "QUIET_SECONDS", 0.5)
    lines = "for n in 1 2 3 4 5 6 7 8; do printf 'Receiving objects:  %s0%% (1/9)\\r' $n >&2; sleep 0.1; done"
    stand_in.write_text(f"#!/bin/sh\n{lines}\necho done\n")
    steps: list[Progress] = []
    assert await git("fetch", cwd=tmp_path, session=Session(), report=steps.append) == "done\n"
    assert [step.percent for step in steps] == [10, 20, 30, 40, 50, 60, 70, 80]


async def test_a_flood_of_words_is_stopped(tmp_path: Path, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "OUTPUT_BYTES", 1 << 20)
    stand_in.write_text("#!/bin/sh\nexec yes\n")
    with pytest.raises(GitFailed, match="said more than 1 MiB") as failed:
        await git("log", cwd=tmp_path)
    assert failed.value.code == "git_output_too_large"


async def test_a_transfer_beyond_the_limit_is_stopped(tmp_path: Path, stand_in: Path) -> None:
    line = "remote: Receiving objects:  10% (1/9), 9.50 GiB | 2.00 MiB/s"
    stand_in.write_text(f"#!/bin/sh\necho '{line}' >&2\nexec sleep 1000\n")
    with pytest.raises(GitFailed, match="more than 8 GiB") as failed:
        await git("clone", "x", cwd=tmp_path, session=Session())
    assert failed.value.code == "git_transfer_too_large"
