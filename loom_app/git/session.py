"""What git is told of who comes, for the length of one command: keys by an agent, a login by a helper, known hosts.

All of it lives in a folder of its own that only Loom's user can enter, and no secret is ever written there: private
keys stay with the agent in this process, a login is handed over by a socket.
"""

import asyncio
import os
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from loom_app.git import asking
from loom_app.git.agent import Agent
from loom_app.git.hosts import HostKey, believed, read_known_hosts
from loom_app.git.login import Clerk, Login
from loom_app.git.places import Place, place_of

SSH = (
    "ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15",
    "-o", "ServerAliveCountMax=4", "-o", "PreferredAuthentications=publickey", "-o", "IdentityFile=none",
    "-o", "GlobalKnownHostsFile=/dev/null", "-o", "UpdateHostKeys=no", "-o", "HashKnownHosts=no",
    "-o", "CheckHostIP=no", "-o", "ControlPath=none", "-o", "ClearAllForwardings=yes",
)  # fmt: skip
LONGEST_FOLDER = 80
"""A socket's path may have 107 bytes on Linux."""
MACHINES_OWN = ("HOME", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME")


@dataclass(frozen=True)
class Credentials:
    """What one project reaches its origin with; `machine` has git use what whoever runs Loom has set up instead."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    login: Login | None = None
    hosts: tuple[HostKey, ...] = ()
    machine: bool = False


@dataclass
class Session:
    """One command's way to a remote, and afterwards what was seen on it.

    `met` are keys of hosts never met before, `key` the name of the key that let us in, `wrote` whether a push went
    through, `refused` whether the login was not taken.
    """

    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    met: tuple[HostKey, ...] = ()
    key: str = ""
    wrote: bool = False
    refused: bool = False

    def note(self, verb: str, code: int) -> None:
        """Hears how a command ended."""
        self.wrote = self.wrote or (verb == "push" and code == 0)


class Access(Protocol):
    """Whoever lends a project's credentials."""

    def session(self, address: str) -> AbstractAsyncContextManager[Session]:
        """A way to `address`."""
        ...


class Anonymous:
    """Comes without any credentials and trusts whatever host answers."""

    def session(self, address: str) -> AbstractAsyncContextManager[Session]:
        """A way to `address` for everybody."""
        return opened(Credentials(), address)


@asynccontextmanager
async def opened(credentials: Credentials, address: str) -> AsyncIterator[Session]:
    """A session that reaches `address` with `credentials` until it is closed."""
    place = place_of(address)
    if credentials.machine and place.host:
        own = {name: os.environ[name] for name in MACHINES_OWN if name in os.environ}
        yield Session(environment={**own, "GIT_CONFIG_GLOBAL": "", "GIT_SSH_COMMAND": shlex.join(_with_own_keys())})
    elif place.protocol == "ssh":
        async with _by_ssh(credentials, place) as session:
            yield session
    elif credentials.login and credentials.login.is_for(place):
        async with _by_login(credentials.login) as session:
            yield session
    else:
        yield Session(options=("-c", "credential.helper="))


@asynccontextmanager
async def _by_ssh(credentials: Credentials, place: Place) -> AsyncIterator[Session]:
    agent = Agent(credentials.keys)
    known = believed(credentials.hosts, place.known_as)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loom-", dir=_short_folder())))
        file, socket = folder / "known_hosts", folder / "agent"
        file.write_text("".join(f"{key.line}\n" for key in known))
        await stack.enter_async_context(await asyncio.start_unix_server(agent.serve, socket))
        options = {
            "IdentityAgent": socket, "UserKnownHostsFile": file,
            "StrictHostKeyChecking": "yes" if known else "accept-new",
        }  # fmt: skip
        named = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        session = Session(environment={"GIT_SSH_COMMAND": shlex.join((*SSH, *named)), "GIT_SSH_VARIANT": "ssh"})
        try:
            yield session
        finally:
            session.met = tuple(key for key in read_known_hosts(file.read_text()) if key not in known)
            session.key = agent.used[-1] if agent.used else ""


@asynccontextmanager
async def _by_login(login: Login) -> AsyncIterator[Session]:
    clerk = Clerk(login)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loom-", dir=_short_folder())))
        await stack.enter_async_context(await asyncio.start_unix_server(clerk.serve, folder / "login"))
        helper = shlex.join((sys.executable, "-I", "-S", asking.__file__, str(folder / "login")))
        session = Session(options=("-c", "credential.helper=", "-c", f"credential.helper=!{helper}"))
        try:
            yield session
        finally:
            session.refused = clerk.refused


def _with_own_keys() -> tuple[str, ...]:
    """The ssh of whoever runs Loom, which may not ask anything."""
    return ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15")


def _short_folder() -> str | None:
    return None if len(tempfile.gettempdir()) <= LONGEST_FOLDER else "/tmp"  # noqa: S108 - entered by us alone
