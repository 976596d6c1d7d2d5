"""Walking down a tree one opened directory at a time, so that no link and no race leads out of it.

Every component is opened relative to the directory before it and never followed by the kernel. A link is read
and walked like the rest of the path, where `..` can climb no higher than the top. What was once judged stays
true, because what is used afterwards is the opened directory and not its name.
"""

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loom_app.kernel.errors import Forbidden, Invalid, LoomError, NotFound, Unavailable
from loom_app.sandbox.paths import check_name

MAX_LINKS = 40
Links = Literal["follow", "refuse", "last"]
"""Links that stay inside are walked (`follow`), all are refused (`refuse`), or all but one at the end (`last`)."""

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Spot:
    """Where a path ends: `name` (never a link that was to be followed) in the open directory `fd`.

    `names` is the whole way from the top without links and `..`. `missing` are the components below `name` when
    `name` itself does not exist.
    """

    fd: int
    name: str
    names: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def stat(self) -> os.stat_result | None:
        """What is there (a link itself, not its target), or None."""
        try:
            return os.stat(self.name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None


@contextmanager
def descend(
    root: Path, parts: list[str], shown: str, *, links: Links, create: bool = False, partial: bool = False
) -> Iterator[Spot]:
    """Open the way to a path below `root`; the spot is usable inside the `with` block.

    `create` makes missing directories; `partial` ends at the first missing one. `shown` is the path for messages.
    """
    with ExitStack() as stack, told(shown):
        yield _Descent(root, shown, stack, links=links, create=create, partial=partial).walk(parts)


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn the system's refusals into sentences about the path `shown`."""
    try:
        yield
    except FileNotFoundError:
        raise absent(shown) from None
    except NotADirectoryError:
        raise Invalid(f"A part of the path {shown!r} is a file, not a directory.", code="not_a_directory") from None
    except PermissionError as error:
        raise Forbidden(f"The file system refuses access to {shown!r}: {error.strerror}.", code="path_denied") from None
    except OSError as error:
        raise _system_error(shown, error) from error


def absent(shown: str) -> NotFound:
    """The answer for a path where nothing is."""
    return NotFound(
        f"There is no file or directory {shown!r} in the workspace. Look with read_tree for what is there.",
        code="path_not_found",
    )


def _system_error(shown: str, error: OSError) -> LoomError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Unavailable(f"The disk is full; {shown!r} was not written. Free some space first.", code="disk_full")
    return Invalid(f"The path {shown!r} cannot be used: {error.strerror}.", code="path_invalid")


class _Descent:
    def __init__(self, root: Path, shown: str, stack: ExitStack, *, links: Links, create: bool, partial: bool) -> None:
        self._root, self._shown, self._stack = root, shown, stack
        self._links, self._create, self._partial = links, create, partial
        self._fds = [self._kept(os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))]
        self._names: list[str] = []
        self._ahead: deque[str] = deque()
        self._followed = 0

    def walk(self, parts: list[str]) -> Spot:
        self._ahead.extend(parts)
        while self._ahead:
            name = self._ahead.popleft()
            if name == "..":
                self._climb()
            elif (target := self._target(name)) is not None:
                self._expand(name, target)
            elif not self._ahead:
                return Spot(self._fds[-1], name, (*self._names, name))
            elif (spot := self._enter(name)) is not None:
                return spot
        return Spot(self._fds[-1], ".", tuple(self._names))

    def _kept(self, fd: int) -> int:
        self._stack.callback(os.close, fd)
        return fd

    def _climb(self) -> None:
        if not self._names:
            raise self._outside()
        self._names.pop()
        self._fds.pop()

    def _target(self, name: str) -> str | None:
        if self._links == "last" and not self._ahead:
            return None
        try:
            if not stat.S_ISLNK(os.stat(name, dir_fd=self._fds[-1], follow_symlinks=False).st_mode):
                return None
            return os.readlink(name, dir_fd=self._fds[-1])
        except FileNotFoundError:
            return None

    def _expand(self, name: str, target: str) -> None:
        if self._links != "follow":
            raise Forbidden(
                f"{'/'.join([*self._names, name])!r} in the path {self._shown!r} is a symbolic link to {target!r}, and "
                "files are never changed through links. Use the path it points to, if that is in the workspace.",
                code="path_link",
            )
        self._followed += 1
        if self._followed > MAX_LINKS:
            raise Invalid(f"The path {self._shown!r} goes round in circles through links.", code="path_invalid")
        parts = [part for part in self._below_top(target).split("/") if part not in {"", "."}]
        for part in parts:
            check_name(part, self._shown)
        self._ahead.extendleft(reversed(parts))

    def _below_top(self, target: str) -> str:
        if not target.startswith("/"):
            return target
        top = str(self._root)
        if target != top and not target.startswith(top + "/"):
            raise self._outside()
        del self._fds[1:], self._names[:]
        return target[len(top) :]

    def _enter(self, name: str) -> Spot | None:
        here = self._fds[-1]
        try:
            fd = os.open(name, _DIRECTORY, dir_fd=here)
        except FileNotFoundError:
            if self._partial:
                return self._unfinished(name)
            if not self._create or ".." in self._ahead:
                raise
            os.mkdir(name, dir_fd=here)
            fd = os.open(name, _DIRECTORY, dir_fd=here)
        self._fds.append(self._kept(fd))
        self._names.append(name)
        return None

    def _unfinished(self, name: str) -> Spot:
        if ".." in self._ahead:
            raise absent(self._shown)
        return Spot(self._fds[-1], name, (*self._names, name), tuple(self._ahead))

    def _outside(self) -> Forbidden:
        return Forbidden(
            f"The path {self._shown!r} leads out of the workspace. Only files inside it can be used.",
            code="path_outside",
        )
