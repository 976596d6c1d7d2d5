from pathlib import Path

import pytest

from loom_app.kernel.errors import Forbidden
from loom_app.sandbox.commands import run, shell
from loom_app.sandbox.confinement import Confinement
from loom_app.sandbox.gitplaces import GitPlaces, git_places, nested_repositories, without_secrets
from tests.sandbox.conftest import git


def test_a_worktree(worktree: Path, repository: Path) -> None:
    assert git_places(worktree) == GitPlaces(worktree / ".git", repository / ".git")
    assert git_places(worktree).config == repository / ".git" / "config"


def test_a_repository_and_a_plain_directory(repository: Path, root: Path) -> None:
    assert git_places(repository) == GitPlaces(repository / ".git", repository / ".git")
    assert git_places(root) == GitPlaces()


@pytest.mark.parametrize(
    "text", ["", "gitdir: ", "gitdir: {other}", "gitdir: /etc", "nonsense", "gitdir: {repository}/.git"]
)
def test_entries_that_the_repository_does_not_know(worktree: Path, repository: Path, outside: Path, text: str) -> None:
    (worktree / ".git").write_text(text.format(other=outside, repository=repository))
    assert git_places(worktree) == GitPlaces(worktree / ".git")


def test_an_entry_copied_from_another_worktree(worktree: Path, root: Path) -> None:
    (root / ".git").write_text((worktree / ".git").read_text())
    assert git_places(root) == GitPlaces(root / ".git")


def test_a_link(worktree: Path, repository: Path) -> None:
    (worktree / ".git").unlink()
    (worktree / ".git").symlink_to(repository / ".git")
    with pytest.raises(Forbidden):
        git_places(worktree)


def test_secrets_of_a_configuration() -> None:
    config = (
        '[remote "origin"]\n\turl = https://user:pass@host/token-service.git\n\tfetch = +refs/heads/*\n'
        '[url "https://t0ken@host/"]\n\tinsteadOf = gh:\n'
        '[http "https://host"]\n\textraHeader = Authorization: basic abc\n\tproxy = http://me:pw@proxy:3128\n'
        "[credential]\n\thelper = !echo password=pw\n[github]\n\ttoken=pw\n[core]\n\tbare = false\n"
    )
    clean = without_secrets(config)
    for secret in ("user:pass", "t0ken", "abc", "pw"):
        assert secret not in clean
    for kept in ("url = https://host/token-service.git", "fetch = +refs/heads/*", "bare = false", "insteadOf = gh:"):
        assert kept in clean


async def test_a_repository_made_by_a_command_is_found(worktree: Path, repository: Path, how: Confinement) -> None:
    assert nested_repositories(worktree) == []
    command = (
        "mkdir -p deep/er one two three store && git init -q deep/er && git init -q --separate-git-dir store one"
        f" && echo 'gitdir: {repository}/.git/worktrees/bead-1' > two/.git && ln -s ../store three/.git"
    )
    outcome = await run(shell(command), root=worktree, how=how)
    assert outcome.exit_code == 0, outcome.stderr
    assert nested_repositories(worktree) == ["deep/er", "one", "three", "two"]


def test_submodules_are_no_strangers(worktree: Path, repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(repository), "library")
    git(
        worktree,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(tmp_path / "library"),
        "library",
    )
    assert (worktree / "library" / ".git").is_file()
    assert nested_repositories(worktree) == []
