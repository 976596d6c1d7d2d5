"""A shell string in a git handler ran what a branch was called (CVE-2026-33718, 7.6).

Here git gets argument lists, and nothing that people or models write becomes an option, a command or a protocol.
"""

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loom_app.git.checkout import Checkout
from loom_app.git.names import branch_name, checked_branch, checked_remote
from loom_app.git.runner import GitFailed, git
from loom_app.git.session import Session
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.errors import Invalid, LoomError
from tests.support.git_repository import made

MARK = "harmed"
HOSTILE = (
    f"--upload-pack=touch {MARK}", f"--output={MARK}", f"; touch {MARK}", f"$(touch {MARK})", f"`touch {MARK}`",
    f"x\ntouch {MARK}", f"-c core.pager=touch {MARK}", f"--exec=touch {MARK}", f"ext::sh -c touch% {MARK}", "--help",
    f"!touch {MARK}", "-", "--", ":(top)", ":!x", ":/", "../outside", "/etc/passwd", ".git/config", "a\x00b", "\ud800",
    f"--trailer=x: $(touch {MARK})", f"core.sshCommand=touch {MARK}", "-rf", "@{-1}", "HEAD~1", "\r\n", "", "é" * 300,
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=60),
    st.builds("{}{}".format, st.sampled_from(HOSTILE), st.text(max_size=9)),
)
FEW = settings(max_examples=40, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    """A project's copy of a repository."""
    with tempfile.TemporaryDirectory() as folder:
        origin = made(Path(folder) / "origin", {"a.txt": "one\n"})
        copy = Checkout(Path(folder) / "data" / "repo", str(origin), "main")
        asyncio.run(copy.ensure())
        yield copy


def harmed(checkout: Checkout) -> list[Path]:
    """What a hostile text would have left behind, wherever it ran."""
    return [*checkout.folder.parents[1].rglob(MARK), *Path.cwd().glob(MARK)]


@given(address=TEXTS)
def test_an_address_is_refused_or_only_ever_an_address(address: str) -> None:
    with suppress(Invalid):
        taken = checked_remote(address)
        assert not taken.startswith("-")
        assert "::" not in taken.partition("/")[0]
        assert not set(taken) & {"\n", "\r", "\x00"}


@given(name=TEXTS)
@example("main")
def test_a_branch_is_refused_or_one_that_git_itself_would_take(name: str) -> None:
    with suppress(Invalid):
        taken = checked_branch(name)
        asked = ["git", "check-ref-format", "--branch", taken]
        assert subprocess.run(asked, check=False, capture_output=True).returncode == 0, taken


@given(bead=TEXTS, title=TEXTS)
def test_the_branch_of_a_run_is_made_of_harmless_letters(bead: str, title: str) -> None:
    assert checked_branch(branch_name(bead, title)).startswith("agent/")


@FEW
@given(message=TEXTS, files=st.lists(TEXTS, max_size=3), name=TEXTS)
def test_messages_files_and_names_stay_what_they_are(
    checkout: Checkout, message: str, files: list[str], name: str
) -> None:
    asyncio.run(_commits(checkout, message, files, name))
    assert harmed(checkout) == []


async def _commits(checkout: Checkout, message: str, files: list[str], name: str) -> None:
    """One run's work with hostile words in every place; refused with a sentence, or done."""
    folder = checkout.folder.parents[1] / "trees" / "run"
    tree = Worktree(checkout, folder, branch_name(name, message), Author(name, "a@invalid"), {"Bead": name, "Run": "r"})
    try:
        await tree.open()
        (folder / "b.txt").write_text("two\n")
        with suppress(LoomError):
            await tree.commit(message, files, "r/1/0")
        with suppress(LoomError):
            await tree.squash(message)
    finally:
        await tree.close(keep_branch=False)


@pytest.mark.parametrize("protocol", ["ext::sh -c touch% harmed", "fd::17", "ftp://127.0.0.1:1/x"])
async def test_git_itself_speaks_no_odd_protocol(tmp_path: Path, protocol: str) -> None:
    """Also when an address came into the database by another way than the API."""
    with pytest.raises(GitFailed):
        await git("clone", "--", protocol, "copy", cwd=tmp_path, session=Session())
    assert not (tmp_path / MARK).exists()


async def test_no_hook_runs(tmp_path: Path) -> None:
    """A hook in the repository, or named by its configuration, would run outside the sandbox."""
    folder = made(tmp_path / "repo", {"a.txt": "one\n"})
    for hook in ("pre-commit", "post-commit", "post-checkout", "post-merge", "fsmonitor"):
        path = folder / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {tmp_path / MARK}\n")
        path.chmod(0o755)
    config = folder / ".git" / "config"
    config.write_text(config.read_text() + f"[core]\n\tfsmonitor = {folder}/.git/hooks/fsmonitor\n")
    (folder / "a.txt").write_text("two\n")
    await git("-c", "user.name=x", "-c", "user.email=x@invalid", "commit", "-am", "x", cwd=folder)
    await git("checkout", "-b", "other", cwd=folder)
    await git("status", cwd=folder)
    assert not (tmp_path / MARK).exists()
