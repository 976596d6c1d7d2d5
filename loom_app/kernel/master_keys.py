"""Where the master keys of secrets at rest come from: LOOM_SECRET_KEY, or a file that only its owner can read."""

import base64
import binascii
import fcntl
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from loom_app.kernel.errors import Conflict, Invalid, LoomError

KEY_FILE = "secret.key"
KEY_BYTES = 32
SHORTEST = 32
LEAST_VARIETY = 18
"""How many different groups of three characters a key has at least; random ones of 32 characters have nearly 30."""
PLACEHOLDERS = re.compile(
    r"change(me|this|it)|replace(me|this)|your(secret|key)|secretkey|password|placeholder|example|default|insecure"
    r"|donotuse|notsecret|qwerty|abcdefgh|12345678|01234567"
)
LARGEST_FILE = 65_536
ADVICE = "Make one with `openssl rand -base64 32`."
Stamp = tuple[int, int, int]


class MasterKeyUnusable(LoomError):
    """The file of master keys is damaged, unreadable or gone."""

    status, code = 500, "secret_key_unusable"


def checked(secret_key: str) -> bytes:
    """The master key in LOOM_SECRET_KEY. Raises Invalid for one that somebody could guess."""
    bare = secret_key.strip()
    if len(bare) < SHORTEST:
        raise _weak(f"has {len(bare)} characters; at least {SHORTEST} are needed")
    if PLACEHOLDERS.search(re.sub(r"[^a-z0-9]", "", bare.lower())):
        raise _weak("is a placeholder that anybody could guess")
    if len({bare[place : place + 3] for place in range(len(bare) - 2)}) < LEAST_VARIETY or _is_a_row(bare):
        raise _weak("repeats itself and could be guessed")
    return secret_key.encode()


def fresh() -> bytes:
    """A new master key, as one line of the file."""
    return base64.b64encode(os.urandom(KEY_BYTES))


class KeyFile:
    """The file of master keys, one base64 line each: the first seals, all of them open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: Stamp | None = None

    def read(self) -> tuple[bytes, ...]:
        """Its keys; the file is made with a new one where there is none, so that starting processes agree on one.

        A file that others could read is closed to them, with a warning. Raises MasterKeyUnusable for one that is
        damaged, empty, not ours or cannot be closed; such a file is never replaced.
        """
        try:
            if not os.path.lexists(self.path):
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._place([fresh()], f"{self.path.name}.{os.urandom(8).hex()}", new=True)
            content, stamp = self._content()
        except OSError as error:
            raise self._unusable(f"cannot be read ({error.strerror})") from error
        keys = _parsed(content)
        if not keys:
            raise self._unusable("is empty or damaged")
        self._seen = stamp
        return keys

    def changed(self) -> bool:
        """Whether the file is another one than at the last `read`, or gone."""
        try:
            return _stamp(self.path.stat()) != self._seen
        except OSError:
            return True

    def write(self, keys: Sequence[bytes]) -> None:
        """Replaces the file by one with these keys, in one step that outlasts a crash. Raises MasterKeyUnusable."""
        try:
            self._place(keys, f"{self.path.name}.next", new=False)
        except OSError as error:
            raise self._unusable(f"cannot be replaced ({error.strerror})") from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps every other rotation away within the block. Raises Conflict when one is under way."""
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise Conflict("Another `loom secrets rotate` is at work on this data directory; let it finish.") from error
        finally:
            os.close(folder)

    def _content(self) -> tuple[bytes, Stamp]:
        file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise self._unusable("is not a file")
            self._close_to_others(file, found)
            return os.read(file, LARGEST_FILE), _stamp(found)
        finally:
            os.close(file)

    def _close_to_others(self, file: int, found: os.stat_result) -> None:
        if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise self._unusable(f"belongs to another user (uid {found.st_uid}), who could change it")
        if stat.S_IMODE(found.st_mode) & 0o077 == 0:
            return
        with suppress(PermissionError):
            os.fchmod(file, 0o600)
        if stat.S_IMODE(os.fstat(file).st_mode) & 0o077:
            raise self._unusable("can be read by other users, and this file system does not let Loom change that")
        from loom_app.kernel.log import get_logger

        get_logger(__name__).warning(
            "other users could read the file of master keys; it is closed to them now. "
            "If anybody else uses this machine, change the key: loom secrets rotate",
            file=str(self.path),
            mode=f"{stat.S_IMODE(found.st_mode):04o}",
        )

    def _place(self, keys: Sequence[bytes], draft_name: str, *, new: bool) -> None:
        draft = self.path.resolve().with_name(draft_name)
        draft.unlink(missing_ok=True)
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(b"".join(key + b"\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        if new:
            _link(draft, self.path)
        else:
            draft.replace(self.path.resolve())
        _sync(draft.parent)

    def _unusable(self, what: str) -> MasterKeyUnusable:
        return MasterKeyUnusable(
            f"The file of master keys {self.path} {what}. Put your copy of it back, readable by its owner alone "
            "(chmod 600), or set LOOM_SECRET_KEY. Without the key that stored secrets were sealed with they have to be "
            "entered again: to do that, move the file away and Loom makes a new one."
        )


def _link(draft: Path, path: Path) -> None:
    """Names the draft `path` unless another process was first."""
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _parsed(content: bytes) -> tuple[bytes, ...]:
    """The keys in the file; none when one of them is damaged."""
    lines = tuple(dict.fromkeys(line.strip() for line in content.splitlines() if line.strip()))
    try:
        whole = all(len(base64.b64decode(line, validate=True)) == KEY_BYTES for line in lines)
    except binascii.Error:
        return ()
    return lines if whole else ()


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _is_a_row(text: str) -> bool:
    """Whether the characters follow each other, as in abc… and 987…"""
    steps = [abs(ord(later) - ord(earlier)) for earlier, later in pairwise(text)]
    return sum(step <= 1 for step in steps) * 3 > len(steps) * 2


def _weak(why: str) -> Invalid:
    return Invalid(
        f"LOOM_SECRET_KEY {why}, and Loom does not start with it. {ADVICE} If secrets are stored with the present "
        "one, give that as LOOM_SECRET_KEY_OLD and run `loom secrets rotate`.",
        code="weak_secret_key",
    )
