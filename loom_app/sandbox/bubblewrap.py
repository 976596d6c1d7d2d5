"""The sandbox of a command: an own view of the machine in which only the worktree can be written.

There is no network but the port of `outlet`, no home, no other process, no way to more rights. What is shown of the
machine is its programs and the few files of /etc that programs cannot do without.
"""

import os
import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from loom_app.sandbox import seccomp
from loom_app.sandbox.gitplaces import git_places, without_secrets

HOME = "/tmp/home"  # noqa: S108 - inside the sandbox, on a tmpfs of its own
KEEPER = "/run/loom/keeper.py"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UID = "1000"
_NAMESPACES = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--hostname", "loom", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
)
_ETC = (
    *("alternatives", "ca-certificates.conf", "debian_version", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"),
    *("locale.alias", "localtime", "magic", "magic.mime", "mime.types", "os-release", "perl", "protocols", "python3"),
    *("services", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone", "pki/tls/certs", "xml", "sgml"),
)
_WRITTEN_ETC = {
    "passwd": f"loom:x:{UID}:{UID}:Loom:{HOME}:/bin/sh\nroot:x:0:0:root:/nonexistent:/usr/sbin/nologin\n",
    "group": f"loom:x:{UID}:\nroot:x:0:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


class Jail:
    """The command line of one sandbox around the worktree `root`; `fds` must be passed on to it.

    `program` is bubblewrap with its options for the user namespace.
    """

    def __init__(self, program: Sequence[str], root: Path, stack: ExitStack) -> None:
        self._root, self._stack = root, stack
        self.fds: list[int] = []
        self.argv = [*program, *_NAMESPACES]

    def build(self, memory_bytes: int, readonly: Sequence[Path] = (), writable: Sequence[Path] = ()) -> None:
        """Lay out the file system. Temporary files live in memory and may take half of what the command has."""
        self._system()
        self._devices(memory_bytes)
        self._python()
        for path in readonly:
            self._show(path)
        self._add("--bind", self._root, self._root)
        for path in writable:
            self._add("--bind", path.resolve(), path.absolute())
        self._git()
        # Not only the root: to the kernel the owner of a sandbox that root started is still root, who may set
        # every switch below /proc/sys, for the whole machine.
        self._add("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/")
        if (program := seccomp.program()) is not None:
            self._add("--seccomp", self._fd(program))

    def file(self, text: str, path: str | Path) -> None:
        """Put a read-only file with this text into the sandbox."""
        self._add("--ro-bind-data", self._fd(text.encode()), path)

    def _add(self, *words: str | Path | int) -> None:
        self.argv += map(str, words)

    def _show(self, path: Path) -> None:
        self._add("--ro-bind", path.resolve(), path.absolute())

    def _fd(self, content: bytes) -> int:
        fd = os.memfd_create("loom-sandbox")
        self._stack.callback(os.close, fd)
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        self.fds.append(fd)
        return fd

    def _system(self) -> None:
        self._add("--ro-bind", "/usr", "/usr")
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            place = Path("/", name)
            if place.is_symlink():
                self._add("--symlink", place.readlink(), place)
            elif place.is_dir():
                self._show(place)
        for name in (
            *_ETC,
            *(found.name for found in Path("/etc").glob("java-*")),
            f"python{sys.version_info.major}.{sys.version_info.minor}",
        ):
            self._add("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
        for name, text in _WRITTEN_ETC.items():
            self.file(text, f"/etc/{name}")

    def _devices(self, memory_bytes: int) -> None:
        self._add("--proc", "/proc", "--dev", "/dev")
        self._add("--size", memory_bytes // 4, "--tmpfs", "/dev/shm")  # noqa: S108
        self._add("--size", memory_bytes // 4, "--tmpfs", "/tmp", "--dir", HOME)  # noqa: S108
        self._add("--ro-bind", Path(__file__).with_name("keeper.py"), KEEPER)

    def _python(self) -> None:
        prefix = Path(sys.base_prefix)
        if not prefix.resolve().is_relative_to("/usr"):
            self._show(prefix)

    def _git(self) -> None:
        places = git_places(self._root)
        for place in filter(None, (places.entry, places.common)):
            self._add("--ro-bind", place, place)
        if places.config:
            self.file(without_secrets(places.config.read_text(errors="replace")), places.config)


def interpreter() -> str:
    """Python as it is called inside, where Loom's own virtual environment is not."""
    return f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def search_path() -> str:
    """PATH for commands: Loom's Python first, so that `python3` is one that is known to be there."""
    own = f"{sys.base_prefix}/bin"
    return SYSTEM_PATH if own in SYSTEM_PATH.split(":") else f"{own}:{SYSTEM_PATH}"


def setup_failure(stderr: str) -> str | None:
    """Bubblewrap's own complaint, if that is what a command's output begins with."""
    found = re.match(r"bwrap: (.+)", stderr)
    return found[1] if found else None
