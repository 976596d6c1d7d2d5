"""Reading text for a model: whole files up to a limit, parts of larger ones, and a clear word about the rest."""

import os
import stat
from typing import BinaryIO

from loom_app.kernel.errors import Invalid, TooLarge
from loom_app.sandbox.descent import Spot, absent

SNIFFED_BYTES = 8192
_KINDS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "an ELF program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\0asm", "a WebAssembly module"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def open_regular(spot: Spot, shown: str) -> BinaryIO:
    """Open an ordinary file for reading; devices, pipes and sockets are refused before they are opened."""
    found = spot.stat()
    if found is None:
        raise absent(shown)
    check_regular(found.st_mode, shown)
    # The kind is asked again of what was opened: between the two looks it may have been swapped.
    fd = os.open(spot.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=spot.fd)
    handle = os.fdopen(fd, "rb")
    try:
        check_regular(os.fstat(fd).st_mode, shown)
    except Invalid:
        handle.close()
        raise
    return handle


def check_regular(mode: int, shown: str) -> None:
    """Raise Invalid unless the mode is that of an ordinary file."""
    if stat.S_ISDIR(mode):
        raise Invalid(f"{shown!r} is a directory, not a file. List it with read_tree.", code="is_a_directory")
    if stat.S_ISLNK(mode):
        raise Invalid(f"{shown!r} is a symbolic link, not a file.", code="path_link")
    if not stat.S_ISREG(mode):
        raise Invalid(f"{shown!r} is a device, pipe or socket, not a file.", code="special_file")


def is_binary(start: bytes) -> bool:
    """Whether the first bytes of a file say that it is not text."""
    return b"\0" in start[:SNIFFED_BYTES]


def whole(handle: BinaryIO, shown: str, max_bytes: int) -> str:
    """The text of a file. Raises TooLarge over `max_bytes` and Invalid if it is not UTF-8 text."""
    size = os.fstat(handle.fileno()).st_size
    start = handle.read(SNIFFED_BYTES)
    _refuse_binary(start, size, shown)
    if size > max_bytes:
        raise TooLarge(
            f"{shown!r} has {size:,} bytes; at most {max_bytes:,} are read at once. Read a part of it with "
            "start_line and end_line, e.g. start_line=1, end_line=200, or search it.",
            code="file_too_large",
        )
    return _text(start + handle.read(max_bytes), size, shown)


def part(handle: BinaryIO, shown: str, max_bytes: int, first: int, last: int | None) -> str:
    """Lines `first` to `last` (from 1, both included; None for the end), at most `max_bytes` of them."""
    if first < 1 or (last is not None and last < first):
        raise Invalid(
            f"start_line={first} and end_line={last} name no lines: start_line counts from 1 and end_line is not "
            "before it.",
            code="bad_lines",
        )
    size = os.fstat(handle.fileno()).st_size
    _refuse_binary(handle.read(SNIFFED_BYTES), size, shown)
    handle.seek(0)
    return _text(_lines(handle, shown, max_bytes, first, last), size, shown)


def _lines(handle: BinaryIO, shown: str, max_bytes: int, first: int, last: int | None) -> bytes:
    kept, number = bytearray(), 0
    while (last is None or number < last) and (line := handle.readline(max_bytes + 1)):
        number += 1
        if number >= first:
            kept += line
        if len(line) > max_bytes or len(kept) > max_bytes:
            raise TooLarge(
                f"Up to line {number} of {shown!r} there are more than the {max_bytes:,} bytes that are read at once. "
                "Ask for fewer lines.",
                code="file_too_large",
            )
    if number < first and first > 1:
        raise Invalid(f"{shown!r} has only {number} lines; start_line={first} is behind its end.", code="bad_lines")
    return bytes(kept)


def _refuse_binary(start: bytes, size: int, shown: str) -> None:
    if is_binary(start):
        raise _not_text(start, size, shown)


def _not_text(start: bytes, size: int, shown: str) -> Invalid:
    kind = next((kind for magic, kind in _KINDS if start.startswith(magic)), "binary data")
    return Invalid(f"{shown!r} is not UTF-8 text but {kind} of {size:,} bytes; only text can be read.", code="not_text")


def _text(content: bytes, size: int, shown: str) -> str:
    if b"\0" in content:
        raise _not_text(content, size, shown)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid(
            f"{shown!r} ({size:,} bytes) is not UTF-8 text: byte 0x{content[error.start]:02x} in line {line} of what "
            "was read is not allowed there. It may be binary or in another encoding such as Latin-1; convert it with a "
            "command first, e.g. iconv.",
            code="not_text",
        ) from None
