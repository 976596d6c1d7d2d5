"""Git's way to a remote: over a real SSH server by key, over http by login; no secret leaves Loom's process."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loom_app.git.checkout import Checkout
from loom_app.git.complaints import complaint_of
from loom_app.git.hosts import host_key
from loom_app.git.keys import KeyPair, new_pair
from loom_app.git.runner import GitFailed, attempt
from loom_app.git.session import Credentials, Session, opened
from tests.support import git_repository as repo
from tests.support.sshd import SshServer


@dataclass
class Lender:
    """Lends the same credentials each time and keeps the sessions."""

    credentials: Credentials
    sessions: list[Session] = field(default_factory=list)

    @asynccontextmanager
    async def session(self, address: str) -> AsyncIterator[Session]:
        async with opened(self.credentials, address) as session:
            self.sessions.append(session)
            yield session


@pytest.fixture
def pair(sshd: SshServer) -> KeyPair:
    """A key that the server knows."""
    made = new_pair("loom-p")
    sshd.allow(made.public)
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with one commit, as sites keep them."""
    repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    return tmp_path / "bare.git"


def copy_of(address: str, tmp_path: Path, lender: Lender) -> Checkout:
    return Checkout(tmp_path / "data" / "p" / "repo", address, "main", lender)


async def test_clone_fetch_and_push_by_key(sshd: SshServer, pair: KeyPair, bare: Path, tmp_path: Path) -> None:
    lender = Lender(Credentials((pair.private,)))
    checkout = copy_of(sshd.address(bare), tmp_path, lender)
    assert await checkout.ensure() == ""
    repo.git(tmp_path / "theirs", "remote", "add", "bare", str(bare))
    (tmp_path / "theirs" / "b.txt").write_text("two\n")
    repo.git(tmp_path / "theirs", "add", "-A")
    repo.git(tmp_path / "theirs", "commit", "-qm", "Theirs")
    repo.git(tmp_path / "theirs", "push", "-q", "bare", "main")
    assert await checkout.ensure() == ""
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Ours")
    assert await checkout.deliver() == ""
    assert repo.subjects(bare) == ["The recipe so far", "Theirs", "Ours"]
    assert lender.sessions[0].met == (sshd.key,)
    assert {session.key for session in lender.sessions} == {pair.fingerprint}
    assert [session.wrote for session in lender.sessions] == [False, False, True]


async def test_a_key_the_host_does_not_know(sshd: SshServer, bare: Path, tmp_path: Path) -> None:
    lender = Lender(Credentials((new_pair("stranger").private,)))
    with pytest.raises(GitFailed, match="Add the project's public key") as failed:
        await copy_of(sshd.address(bare), tmp_path, lender).ensure()
    assert failed.value.code == "wrong_key"
    assert lender.sessions[0].met == (sshd.key,)
    assert lender.sessions[0].key == ""
    assert not (tmp_path / "data" / "p" / "repo").exists()


async def test_of_several_keys_the_one_that_is_known_is_used(
    sshd: SshServer, pair: KeyPair, bare: Path, tmp_path: Path
) -> None:
    lender = Lender(Credentials((new_pair("next").private, pair.private), hosts=(sshd.key,)))
    assert await copy_of(sshd.address(bare), tmp_path, lender).ensure() == ""
    assert (lender.sessions[0].key, lender.sessions[0].met) == (pair.fingerprint, ())


async def test_a_host_that_shows_another_key_is_told_nothing(
    sshd: SshServer, pair: KeyPair, bare: Path, tmp_path: Path
) -> None:
    other = host_key(sshd.host, new_pair("before").public)
    lender = Lender(Credentials((pair.private,), hosts=(other,)))
    with pytest.raises(GitFailed, match="showed another key") as failed:
        await copy_of(sshd.address(bare), tmp_path, lender).ensure()
    assert failed.value.code == "host_key_changed"
    assert sshd.key.fingerprint in failed.value.message
    assert (lender.sessions[0].met, lender.sessions[0].key) == ((), "")


async def test_a_key_that_may_only_read(sshd: SshServer, bare: Path, tmp_path: Path) -> None:
    reader = new_pair("reader")
    sshd.allow(reader.public, read_only=True)
    checkout = copy_of(sshd.address(bare), tmp_path, Lender(Credentials((reader.private,))))
    await checkout.ensure()
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Ours")
    assert "Allow write access" in await checkout.deliver()
    assert await checkout.is_ahead()


async def test_no_such_repository(sshd: SshServer, pair: KeyPair, tmp_path: Path) -> None:
    async with opened(Credentials((pair.private,)), sshd.address(tmp_path / "none")) as session:
        asked = await attempt("ls-remote", sshd.address(tmp_path / "none"), cwd=tmp_path, session=session)
    assert complaint_of(asked).code == "no_such_repository"


async def test_a_host_that_is_gone(tmp_path: Path) -> None:
    address = "ssh://git@127.0.0.1:1/a.git"
    async with opened(Credentials(), address) as session:
        asked = await attempt("ls-remote", address, cwd=tmp_path, session=session)
    assert complaint_of(asked).code == "remote_gone"


async def test_no_private_key_is_on_disk_in_arguments_or_in_the_environment(
    pair: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(Credentials((pair.private,)), "ssh://git@127.0.0.1:1/a.git") as session:
        told = " ".join([*session.options, *session.environment.values()])
        folder = Path(told.partition("IdentityAgent=")[2].split()[0]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [file.name for file in folder.iterdir() if file.is_file() and "PRIVATE" in file.read_text()] == []
        assert "PRIVATE" not in told
    assert not folder.exists()


async def test_the_agent_signs_sign_ins_and_nothing_else(pair: KeyPair, tmp_path: Path) -> None:
    async with opened(Credentials((pair.private,)), "ssh://git@127.0.0.1:1/a.git") as session:
        socket = session.environment["GIT_SSH_COMMAND"].partition("IdentityAgent=")[2].split()[0]
        public = tmp_path / "key.pub"
        public.write_text(pair.public)
        signing = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(public)]
        done = await asyncio.create_subprocess_exec(
            *signing, env={**os.environ, "SSH_AUTH_SOCK": socket},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, said = await done.communicate(b"a commit")
        listed = await asyncio.create_subprocess_exec(
            "ssh-add", "-L", env={**os.environ, "SSH_AUTH_SOCK": socket}, stdout=subprocess.PIPE
        )
        shown, _ = await listed.communicate()
    assert done.returncode != 0, said
    assert pair.public.split()[1] in shown.decode()
