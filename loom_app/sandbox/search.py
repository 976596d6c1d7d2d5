"""Searching a workspace line by line: ripgrep where it is installed, a slower program of our own where not.

Both pass over the same files (git's, made things, binary ones, those over 10 MiB) and answer in the same order.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Timer

from loom_app.kernel.errors import Invalid
from loom_app.sandbox.listing import SKIPPED, Listing, opened
from loom_app.sandbox.reading import SNIFFED_BYTES, is_binary

MAX_SECONDS = 20.0
MAX_TEXT = 500
_SCAN = Path(__file__).with_name("scan.py")
_LINE = re.compile(rb"(?s)(?:\./)?(.+)\0(\d+):(.*)")
_RIPGREP = (
    *("--no-config", "--no-ignore", "--hidden", "--text", "--encoding=none", "--no-messages", "--case-sensitive"),
    *("--line-number", "--no-heading", "--with-filename", "--null", "--color=never", "--max-columns=0"),
    *("--max-filesize=10M", "--sort=path", "--iglob=!.git", *(f"--glob=!{name}" for name in sorted(SKIPPED))),
)


@dataclass(frozen=True)
class Match:
    """A line (counted from 1) that matched; its text is cut at 500 characters."""

    path: str
    line: int
    text: str


def ripgrep() -> str | None:
    """Where ripgrep is installed, if it is."""
    return shutil.which("rg")


def search(directory: int, file: str | None, query: str, limit: int, *, regex: bool) -> Listing[Match]:
    """Matches below an open directory, or in its one `file`; raises Invalid for a query that cannot be run."""
    _check(query, regex=regex)
    program = ripgrep()
    if program and file is None:
        found = _with_ripgrep(program, directory, query, limit, regex=regex)
        if found is not None:
            return found
    return _with_scan(directory, file, query, limit, regex=regex)


def _check(query: str, *, regex: bool) -> None:
    if not query or "\n" in query or "\0" in query:
        raise Invalid("Search for a text of one line; it cannot be empty or have line breaks in it.", code="bad_query")
    if len(query.encode(errors="replace")) > 10_000:
        raise Invalid("The text to search for is longer than 10,000 bytes; search for a part of it.", code="bad_query")
    if not regex:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(query)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise Invalid(
            f"{query!r} is not a regular expression: {error}. Correct it, or search for it as plain text.",
            code="bad_query",
        ) from None


def _with_ripgrep(program: str, directory: int, query: str, limit: int, *, regex: bool) -> Listing[Match] | None:
    options = [*_RIPGREP, f"--max-count={limit + 1}", *([] if regex else ["--fixed-strings"])]

    def parsed(lines: Iterator[bytes]) -> Iterator[Match]:
        binary: dict[bytes, bool] = {}
        for line in lines:
            if not (part := _LINE.fullmatch(line.rstrip(b"\n"))):
                continue
            path = part[1]
            if path not in binary:
                binary[path] = _binary(directory, path)
            if not binary[path]:
                yield _match(os.fsdecode(path), int(part[2]), part[3].decode(errors="replace"))

    found, code = _run([program, *options, "--", query, "./"], directory, parsed, limit)
    # ripgrep knows no look-around and no back-references; the search of our own does.
    return None if code == 2 and not found else found


def _with_scan(directory: int, file: str | None, query: str, limit: int, *, regex: bool) -> Listing[Match]:
    spec = {"query": query, "regex": regex, "limit": limit + 1, "file": file, "skipped": sorted(SKIPPED)}

    def parsed(lines: Iterator[bytes]) -> Iterator[Match]:
        return (_match(*json.loads(line)) for line in lines)

    argv = [sys.executable, "-I", "-S", "-X", "utf8", str(_SCAN), json.dumps(spec)]
    return _run(argv, directory, parsed, limit)[0]


def _run(
    argv: list[str], directory: int, parsed: Callable[[Iterator[bytes]], Iterator[Match]], limit: int
) -> tuple[Listing[Match], int]:
    with (
        opened(directory, ()) as fd,
        subprocess.Popen(  # noqa: S603 - a fixed argv; the query stands behind `--` or inside JSON
            argv,
            cwd=f"/proc/self/fd/{fd}",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        late = Timer(MAX_SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            found = Listing(islice(parsed(iter(process.stdout)), limit + 1)).cut_at(limit)
            if found.cut:
                process.kill()
            code = process.wait()
        finally:
            late.cancel()
            process.kill()
    if code == -9 and not found.cut:
        raise Invalid(
            f"The search took longer than {MAX_SECONDS:.0f} s and was stopped. Search a smaller directory or for a "
            "simpler expression.",
            code="search_timeout",
        )
    return found, code


def _binary(directory: int, path: bytes) -> bool:
    *names, name = os.fsdecode(path).split("/")
    try:
        with opened(directory, tuple(names)) as fd:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
            try:
                return is_binary(os.read(file, SNIFFED_BYTES))
            finally:
                os.close(file)
    except OSError:
        return True


def _match(path: str, line: int, text: str) -> Match:
    return Match(os.fsencode(path).decode(errors="replace"), line, text.rstrip("\r")[:MAX_TEXT].replace("\0", "\ufffd"))
