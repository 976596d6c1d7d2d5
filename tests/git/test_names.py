"""What git may be given: addresses and branch names that cannot become something else."""

import subprocess

import pytest

from loom_app.git.names import checked_branch, checked_remote
from loom_app.kernel.errors import Invalid


@pytest.mark.parametrize(
    "address",
    ["", "/srv/repo", "file:///srv/repo", "https://example.org/a.git", "ssh://git@example.org:22/a", "git@host:a/b"],
)
def test_addresses_git_clones_from(address: str) -> None:
    assert checked_remote(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "--upload-pack=touch x", "ext::sh -c x", "fd::17", "relative/path", "~/x", "ssh://-oProxyCommand=x/y",
        "ssh://git@-oProxyCommand=x/y", "git@-oProxyCommand:x", "-x@host:y", "https:///x", "http://a b/", "/a\nb",
    ],
)  # fmt: skip
def test_what_could_become_an_option_or_a_command_is_refused(address: str) -> None:
    with pytest.raises(Invalid, match="is not an address Loom clones from"):
        checked_remote(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://pat:s3cret@example.org/a.git", "https://s3cret@example.org/a.git", "http://:s3cret@example.org/a",
        "https://pat:a/s3cret@example.org/a.git", "https://pat:a@s3cret@example.org/a", "ssh://git:s3cret@example.org/a",
        "https://example.org/a.git?private_token=s3cret", "https://example.org/a?access_token=s3cret&x=1",
        "HTTPS://pat:s3cret@example.org/a", "git:s3cret@example.org:a/b", "https://pat:s3 cret@example.org/a",
        "ftp://pat:s3cret@example.org/a", "https://example.org/ghp_s3cretAAAAAAAAAAAAAAAAAAAAAAAA/a.git",
    ],
)  # fmt: skip
def test_a_password_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(Invalid, match="git-login") as refused:
        checked_remote(address)
    assert refused.value.code == "password_in_git_repo"
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize("name", ["main", "feature/a-b", "v1.0", "a@b", "ü"])
def test_branch_names(name: str) -> None:
    assert checked_branch(name) == name
    assert (
        subprocess.run(["git", "check-ref-format", "--branch", name], check=False, capture_output=True).returncode == 0
    )


@pytest.mark.parametrize(
    "name",
    ["", "-x", ".x", "a/.b", "a..b", "a/", "/a", "a//b", "a.lock", "a.lock/b", "@", "a@{b", "a b", "a~b", "a\\b", "a.",
     "HEAD", "a\x7fb"],
)  # fmt: skip
def test_names_git_would_not_take(name: str) -> None:
    with pytest.raises(Invalid, match="is not a legal git branch name"):
        checked_branch(name)
