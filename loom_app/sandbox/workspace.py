"""The one door to the files of a run: whatever path an agent names is resolved and bounded here."""

import errno
import os
import secrets
import stat
from contextlib import AbstractContextManager
from pathlib import Path

from loom_app.kernel.errors import Conflict, Invalid, LoomError, NotFound, TooLarge
from loom_app.sandbox import filling, listing, reading
from loom_app.sandbox.descent import Links, Spot, absent, descend
from loom_app.sandbox.listing import Listing, TreeEntry
from loom_app.sandbox.paths import names
from loom_app.sandbox.search import Match, search

MAX_READ_BYTES = 1_000_000
MAX_WRITE_BYTES = 5_000_000
MAX_FILES = 200_000
MAX_BYTES = 10 * 2**30
"""What the whole workspace may take up on the disk before nothing more is written into it."""


class Workspace:
    """A directory that agents read and change by relative paths and cannot leave.

    Reading follows symbolic links that stay inside; changing anything through a link is refused. Git's own
    directory is closed in both ways. All methods block; call them in a thread from async code. Refusals are
    LoomErrors: Forbidden for paths that lead out or into git, Invalid for what is no file, NotFound, TooLarge.
    """

    def __init__(self, root: Path, *, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES) -> None:
        if not root.is_dir():
            raise NotFound(f"The workspace {str(root)!r} is gone. Start the run again.", code="workspace_gone")
        self.root = root.resolve()
        self._roots = tuple({str(root.absolute()), str(self.root)})
        self._max_files, self._max_bytes = max_files, max_bytes

    def resolve(self, path: str) -> Path:
        """The real place of a path, which may not exist yet; right at this moment, so open it by these methods."""
        with self._descend(path, "follow", partial=True) as spot:
            found = None if spot.missing else spot.stat()
            if found and not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
                reading.check_regular(found.st_mode, path)
            return self.root.joinpath(*spot.names, *spot.missing)

    def exists(self, path: str) -> bool:
        """Whether a file or directory is there; a link counts if its target does."""
        try:
            with self._descend(path, "follow") as spot:
                return spot.stat() is not None
        except LoomError as error:
            if error.code in {"path_not_found", "not_a_directory"}:
                return False
            raise

    def read_text(
        self,
        path: str,
        max_bytes: int = MAX_READ_BYTES,
        *,
        start_line: int | None = None,
        end_line: int | None = None,
    ) -> str:
        """A text file, or its lines `start_line` to `end_line` (from 1, both included), line ends as they are."""
        with self._descend(path, "follow") as spot, reading.open_regular(spot, path) as handle:
            if start_line is None and end_line is None:
                return reading.whole(handle, path, max_bytes)
            return reading.part(handle, path, max_bytes, 1 if start_line is None else start_line, end_line)

    def write_text(self, path: str, content: str) -> int:
        """Write a whole file at once, making its directories; answers the number of bytes.

        Whoever reads it meanwhile, and whatever happens to the machine, sees the old or the new file, never a part.
        """
        data = _encoded(content, path)
        if path.endswith("/"):
            raise Invalid(f"{path!r} ends in a slash, so it names a directory. Name a file in it.", code="path_invalid")
        with self._descend(path, "refuse", create=True) as spot:
            found = spot.stat()
            if found is not None:
                reading.check_regular(found.st_mode, path)
            self._make_room(len(data) - (found.st_size if found else 0), files=0 if found else 1)
            _replace(spot, data, stat.S_IMODE(found.st_mode) if found else None)
        return len(data)

    def delete(self, path: str) -> None:
        """Remove a file, a link (never its target) or an empty directory."""
        with self._descend(path, "last") as spot:
            if stat.S_ISDIR(_movable(spot, path).st_mode):
                _remove_directory(spot, path)
            else:
                os.unlink(spot.name, dir_fd=spot.fd)
                filling.add(self.root, 0, -1)

    def move(self, source: str, target: str) -> None:
        """Rename a file or directory to a path where nothing is yet, making its directories."""
        if target.endswith("/"):
            whole = target + source.rstrip("/").rpartition("/")[2]
            raise Invalid(
                f"{target!r} ends in a slash. Give the whole new path, such as {whole!r}.", code="path_invalid"
            )
        with self._descend(source, "last") as old:
            _movable(old, source)
            if tuple(names(target, *self._roots)[:-1])[: len(old.names)] == old.names:
                raise Invalid(f"{source!r} cannot be moved into itself, to {target!r}.", code="path_invalid")
            with self._descend(target, "refuse", create=True) as new:
                if new.stat() is not None:
                    raise Conflict(
                        f"There already is a {target!r}. Delete it first, or choose another name (a move into a "
                        "directory needs the full new path).",
                        code="path_exists",
                    )
                os.rename(old.name, new.name, src_dir_fd=old.fd, dst_dir_fd=new.fd)

    def tree(self, path: str = ".", max_depth: int = 4, limit: int = 500) -> Listing[TreeEntry]:
        """What is below a directory, down to `max_depth` levels; `.cut` says that more is there than `limit`."""
        with self._descend(path, "follow") as spot, listing.opened(spot.fd, (spot.name,)) as top:
            return listing.tree(top, spot.names, max_depth, limit)

    def search(self, query: str, path: str = ".", limit: int = 200, *, regex: bool = False) -> Listing[Match]:
        """Lines with `query` in them, as plain text or as a regular expression; `.cut` says that there are more."""
        with self._descend(path, "follow") as spot:
            found = _present(spot, path)
            if stat.S_ISDIR(found.st_mode):
                with listing.opened(spot.fd, (spot.name,)) as top:
                    return self._below(spot.names, search(top, None, query, limit, regex=regex))
            reading.check_regular(found.st_mode, path)
            return self._below(spot.names[:-1], search(spot.fd, spot.name, query, limit, regex=regex))

    def _descend(
        self, path: str, links: Links, *, create: bool = False, partial: bool = False
    ) -> AbstractContextManager[Spot]:
        return descend(self.root, names(path, *self._roots), path, links=links, create=create, partial=partial)

    @staticmethod
    def _below(base: tuple[str, ...], found: Listing[Match]) -> Listing[Match]:
        prefix = "".join(f"{name}/" for name in base)
        below = Listing(Match(prefix + match.path, match.line, match.text) for match in found)
        below.cut = found.cut
        return below

    def _make_room(self, size: int, files: int) -> None:
        """Counts what is about to be written. Raises TooLarge when there is no room for it."""
        usage = filling.used(self.root)
        if self._is_full(usage, size, files):
            usage = filling.used(self.root, afresh=True)
        if self._is_full(usage, size, files):
            raise TooLarge(
                f"The workspace has {usage.files:,} files of {usage.bytes // 2**20:,} MiB together, and at most "
                f"{self._max_files:,} of {self._max_bytes // 2**20:,} MiB are allowed. Delete what is not needed.",
                code="too_many_files" if files and usage.files >= self._max_files else "workspace_full",
            )
        filling.add(self.root, max(size, 0), files)

    def _is_full(self, usage: filling.Usage, size: int, files: int) -> bool:
        grows = size > 0 and usage.bytes + size > self._max_bytes
        return grows or (files > 0 and usage.files >= self._max_files)


def _encoded(content: str, path: str) -> bytes:
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise Invalid(f"The content for {path!r} has half characters (surrogates) in it.", code="not_text") from None
    if len(data) > MAX_WRITE_BYTES:
        raise TooLarge(
            f"The content for {path!r} has {len(data):,} bytes; at most {MAX_WRITE_BYTES:,} are written. Split it.",
            code="file_too_large",
        )
    return data


def _present(spot: Spot, shown: str) -> os.stat_result:
    if (found := spot.stat()) is None:
        raise absent(shown)
    return found


def _movable(spot: Spot, shown: str) -> os.stat_result:
    if not spot.names:
        raise Invalid(f"{shown!r} is the top of the workspace; name something in it.", code="path_invalid")
    return _present(spot, shown)


def _remove_directory(spot: Spot, shown: str) -> None:
    try:
        os.rmdir(spot.name, dir_fd=spot.fd)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        raise Conflict(f"The directory {shown!r} is not empty. Delete what is in it first.", code="not_empty") from None


def _replace(spot: Spot, data: bytes, mode: int | None) -> None:
    draft = f".loom-{secrets.token_hex(8)}.tmp"
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=spot.fd)
    try:
        with os.fdopen(fd, "wb") as handle:
            handle.write(data)
            handle.flush()
            if mode is not None:
                os.fchmod(handle.fileno(), mode)
            os.fsync(handle.fileno())
        os.rename(draft, spot.name, src_dir_fd=spot.fd, dst_dir_fd=spot.fd)
    except OSError:
        os.unlink(draft, dir_fd=spot.fd)
        raise
    with listing.opened(spot.fd, ()) as directory:
        os.fsync(directory)
