"""A real SSH server on loopback that serves git alone, one for all tests that want it."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

from loom_app.git.hosts import HostKey, host_key
from loom_app.git.keys import KeyPair, new_pair
from tests.support.ports import free_ports
from tests.support.waiting import until

PROGRAM = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
LogLevel VERBOSE
ForceCommand {folder}/git-only
"""
GIT_ONLY = """\
#!/bin/sh
case "$SSH_ORIGINAL_COMMAND" in
git-receive-pack*)
    if [ -n "$READ_ONLY" ]; then
        echo "ERROR: The key you are authenticating with has been marked as read only." >&2
        exit 1
    fi ;;
esac
exec git shell -c "$SSH_ORIGINAL_COMMAND"
"""


class SshServer:
    """The server process; `with` ends it. It lets in the keys it is told, to any repository of this machine."""

    def __init__(self, folder: Path) -> None:
        if PROGRAM is None:
            pytest.skip("sshd is not installed (Debian: openssh-server)")
        (self.port,) = free_ports(1)
        self.folder, self._allowed = folder, {}  # type: Path, dict[str, bool]
        self.pair = new_pair("host")
        self._written(self.pair)

    @property
    def host(self) -> str:
        """What files of known hosts call it."""
        return f"[127.0.0.1]:{self.port}"

    @property
    def key(self) -> HostKey:
        """What it proves itself by."""
        return host_key(self.host, self.pair.public)

    def address(self, repository: Path) -> str:
        """Where a repository of this machine is reached by it."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"

    def allow(self, public: str, *, read_only: bool = False) -> None:
        """Lets the holder of the key in from now on."""
        self._allowed[public] = read_only
        self._tell()

    def refuse(self, public: str) -> None:
        """Lets the holder of the key in no more."""
        self._allowed.pop(public, None)
        self._tell()

    def _tell(self) -> None:
        marks = {False: "", True: 'environment="READ_ONLY=1" '}
        lines = [f"{marks[read_only]}{key}\n" for key, read_only in self._allowed.items()]
        (self.folder / "authorized_keys").write_text("".join(lines))

    def _written(self, pair: KeyPair) -> None:
        private = self.folder / "host_key"
        private.touch(mode=0o600)
        private.write_text(pair.private)
        forced = self.folder / "git-only"
        forced.write_text(GIT_ONLY)
        forced.chmod(0o755)
        config = CONFIG.format(port=self.port, folder=shlex.quote(str(self.folder)))
        (self.folder / "sshd_config").write_text(config + "PermitUserEnvironment READ_ONLY\n")
        self._tell()

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        log = (self.folder / "log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [str(PROGRAM), "-D", "-e", "-f", str(self.folder / "sshd_config")], stdout=log, stderr=log
            )
        until(self._answers, what="sshd answers")
        return self

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
