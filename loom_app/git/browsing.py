"""Files as a commit has them: listed, read, searched, without touching any folder.

Git follows no symbolic links within a commit and knows no way out of it.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loom_app.git.runner import GitFailed, attempt, git
from loom_app.kernel.errors import Forbidden, Invalid, NotFound, TooLarge
from loom_app.sandbox.listing import Listing
from loom_app.sandbox.paths import names

READ_BYTES = 1_000_000
SNIFFED = 8_192
SEARCH_SECONDS = 20.0
LONGEST_QUERY = 1_000
LONGEST_LINE = 500
KINDS: dict[str, Literal["file", "directory", "link", "submodule"]] = {
    "040000": "directory", "120000": "link", "160000": "submodule",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Something in a commit; `depth` is 1 directly below what was listed, `size` bytes, None for no file."""

    path: str
    type: Literal["file", "directory", "link", "submodule"]
    depth: int
    size: int | None


@dataclass(frozen=True)
class Content:
    """A file; `text` is None for one that is no text. Bytes that are not UTF-8 are shown as U+FFFD."""

    path: str
    size: int
    text: str | None


@dataclass(frozen=True)
class Hit:
    """A line (from 1) that was found; its text is cut at 500 characters."""

    path: str
    line: int
    text: str


def inside(path: str) -> str:
    """`path` as git names it in a commit, "" for the top. Raises Invalid and Forbidden for what leads elsewhere."""
    parts = names(path or ".")
    if ".." in parts:
        raise Forbidden(f"The path {path[:100]!r} leads out of the repository or to and fro; leave '..' out.",
                        code="path_outside")  # fmt: skip
    return "/".join(parts)


async def tree(folder: Path, commit: str, path: str, max_depth: int, limit: int) -> Listing[Entry]:
    """What is below a directory of a commit, level by level until `limit`; each directory before what is in it.

    Raises NotFound, Invalid for a path that is no directory.
    """
    base = inside(path)
    kind, _ = await _object(folder, commit, base)
    if kind != "tree":
        raise Invalid(f"{path!r} is not a directory. Read it with files/read.", code="not_a_directory")
    deep = ("-r", "-t") if max_depth > 1 else ()
    said = await git("ls-tree", "-z", "--long", *deep, f"{commit}:{base}", cwd=folder)
    entries = (_entry(base, line) for line in said.split("\0") if line)
    return _from_the_top([one for one in entries if one.depth <= max_depth], limit)


async def read(folder: Path, commit: str, path: str) -> Content:
    """A file of a commit. Raises NotFound, Invalid for a directory or submodule and TooLarge over 1 MB."""
    name = inside(path)
    kind, size = await _object(folder, commit, name)
    if kind != "blob":
        raise Invalid(f"{path!r} is a directory or submodule, not a file. List it with files/tree.",
                      code="is_a_directory")  # fmt: skip
    if size > READ_BYTES:
        raise TooLarge(f"{path!r} has {size:,} bytes; at most {READ_BYTES:,} are shown.", code="file_too_large",
                       size=size)  # fmt: skip
    text = await git("cat-file", "blob", f"{commit}:{name}", cwd=folder)
    return Content(name, size, None if "\0" in text[:SNIFFED] else text.replace("\0", "\ufffd"))


async def search(
    folder: Path, commit: str, query: str, path: str, limit: int, *, regex: bool, ignore_case: bool = False
) -> Listing[Hit]:
    """Lines of a commit's text files with `query` in them, as plain text or as an extended regular expression.

    Raises Invalid for a query that cannot be run or takes longer than 20 seconds.
    """
    _check_query(query)
    base = inside(path)
    if base:
        await _object(folder, commit, base)
    told = ("grep", "-n", "-I", "-z", "--no-color", "--no-recurse-submodules", f"--max-count={limit + 1}")
    how = ("-E" if regex else "-F", *(("-i",) if ignore_case else ()), "-e", query, commit)
    try:
        async with asyncio.timeout(SEARCH_SECONDS):
            found = await attempt(*told, *how, "--", *([base] if base else []), cwd=folder)
    except (TimeoutError, GitFailed) as error:
        raise Invalid(
            f"The search found too much or took longer than {SEARCH_SECONDS:.0f} s and was stopped. "
            "Search one folder or for something rarer.",
            code="search_too_wide",
        ) from error
    if found.code > 1:
        raise Invalid(f"The search could not be run: {_complaint(found.stderr)}", code="bad_query")
    return Listing(_hits(found.stdout, len(commit) + 1)).cut_at(limit)


def _check_query(query: str) -> None:
    if not query or any(character in query for character in "\n\r\0"):
        raise Invalid("Search for a text of one line; it cannot be empty or have line breaks in it.", code="bad_query")
    if len(query) > LONGEST_QUERY:
        raise Invalid(f"The text to search for is longer than {LONGEST_QUERY:,} characters.", code="bad_query")


async def _object(folder: Path, commit: str, name: str) -> tuple[str, int]:
    """Kind and size of what is at a path. Raises NotFound."""
    said = await git("cat-file", "--batch-check", cwd=folder, stdin=f"{commit}:{name}\n")
    words = said.rsplit(" ", 2)
    if len(words) == 3 and words[1] in ("tree", "blob"):
        return words[1], int(words[2])
    if said.startswith(f"{commit}:") or " missing" in said:
        raise NotFound(f"There is no {name!r} at {commit[:12]}.", code="path_not_found")
    return "other", 0


def _entry(base: str, line: str) -> Entry:
    """An entry from a line of ls-tree: mode, type, id, size, tab, path."""
    told, _, name = line.partition("\t")
    mode, _, _, size = told.split()
    path = f"{base}/{name}" if base else name
    return Entry(path, KINDS.get(mode, "file"), name.count("/") + 1, int(size) if size.isdigit() else None)


def _from_the_top(entries: list[Entry], limit: int) -> Listing[Entry]:
    """The first `limit` by depth, so that one large folder does not hide its neighbours; then in order of paths."""
    listing = Listing(sorted(entries, key=lambda entry: entry.depth)).cut_at(limit)
    listing.sort(key=lambda entry: entry.path.split("/"))
    return listing


def _hits(said: str, prefix: int) -> Iterable[Hit]:
    """Each hit of `git grep -z`: commit:path, NUL, line, NUL, text."""
    fields = deque(said.split("\0"))
    path = fields.popleft()[prefix:]
    while len(fields) >= 2:
        line = fields.popleft()
        text, _, following = fields.popleft().partition("\n")
        yield Hit(path, int(line), text[:LONGEST_LINE])
        path = following[prefix:]


def _complaint(said: str) -> str:
    lines = [line.removeprefix("fatal: ").removeprefix("command line, ") for line in said.strip().splitlines()]
    return (lines[0] if lines else "git gave no reason")[:300]
