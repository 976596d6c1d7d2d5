"""Search without ripgrep: a program of its own, so that a hostile regular expression can be stopped.

Run as `python scan.py SPEC` in the directory to search, where SPEC is JSON: query, regex, limit, the names to
pass over, and `file` when only that file is meant. Prints one JSON list [path, line, text] per match.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

MAX_FILE_BYTES = 10 * 1024 * 1024
SNIFFED_BYTES = 8192


def matches(spec: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Each match as (path, line number, line), by path and line."""
    hit = _hit(spec["query"], regex=spec["regex"])
    top = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    files = [(spec["file"], top)] if spec["file"] else _files(top, "", frozenset(spec["skipped"]))
    for path, directory in files:
        for number, line in enumerate(_lines(path, directory), 1):
            if hit(line):
                yield path, number, line


def _hit(query: str, *, regex: bool) -> Callable[[str], object]:
    return re.compile(query).search if regex else lambda line: query in line


def _files(fd: int, prefix: str, skipped: frozenset[str]) -> Iterator[tuple[str, int]]:
    with os.scandir(fd) as found:
        entries = sorted((os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)) for entry in found)
    for raw, is_directory in entries:
        name = os.fsdecode(raw)
        if name in skipped or name.lower() == ".git":
            continue
        if not is_directory:
            yield prefix + name, fd
            continue
        try:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
        except OSError:
            continue
        try:
            yield from _files(below, f"{prefix}{name}/", skipped)
        finally:
            os.close(below)


def _lines(path: str, directory: int) -> list[str]:
    name = path.rsplit("/", 1)[-1]
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except OSError:
        return []
    with open(fd, "rb") as handle:  # noqa: PTH123 - a descriptor, not a path
        if not handle.seekable() or os.fstat(fd).st_size > MAX_FILE_BYTES:
            return []
        content = handle.read()
    if b"\0" in content[:SNIFFED_BYTES]:
        return []
    lines = content.decode(errors="replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def main() -> None:
    """Print the matches that the specification in the first argument asks for."""
    spec = json.loads(sys.argv[1])
    for path, number, line in islice(matches(spec), spec["limit"]):
        sys.stdout.write(json.dumps([path, number, line]) + "\n")


if __name__ == "__main__":
    main()
