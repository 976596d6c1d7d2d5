"""Paths as agents write them, judged by their text alone, before any of them touches the disk."""

import unicodedata

from loom_app.kernel.errors import Forbidden, Invalid

MAX_DEPTH = 100
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4096

# Code points that some file systems drop from names, so that ".g\u200cit" would mean ".git" there.
_DROPPED = frozenset([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


def names(path: str, *roots: str) -> list[str]:
    """The components of a relative path; a path that begins with one of `roots` counts as relative to it.

    `..` stays in the list, since what it means depends on the links before it. Raises Invalid for text that
    cannot be a path and Forbidden for absolute paths and for git's own directory.
    """
    _refuse_bad_text(path)
    parts = [part for part in _relative(path, roots).split("/") if part not in {"", "."}]
    if len(parts) > MAX_DEPTH:
        raise Invalid(f"The path is {len(parts)} levels deep; at most {MAX_DEPTH} are allowed.", code="path_invalid")
    for part in parts:
        check_name(part, path)
    return parts


def check_name(name: str, path: str) -> None:
    """Refuse one component that is too long or stands for git's own directory."""
    if len(name.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES:
        raise Invalid(
            f"A name in the path {path[:80]!r}… is longer than {MAX_NAME_BYTES} bytes; choose a shorter one.",
            code="path_invalid",
        )
    if is_git(name):
        raise Forbidden(
            f"The path {path!r} leads into git's own directory, which only Loom touches. "
            "Use the git actions (git_status, git_diff, git_commit) instead.",
            code="path_git",
        )


def is_git(name: str) -> bool:
    """Whether any file system that git guards against would take this name for `.git`."""
    plain = "".join(char for char in name if ord(char) not in _DROPPED).casefold()
    stem = plain.replace("\\", "/").split("/")[0].split(":")[0].rstrip(" .")
    return stem in {".git", "git~1"}


def _refuse_bad_text(path: str) -> None:
    if not path.strip():
        raise Invalid("The path is empty; name a file, e.g. 'src/app.py', or '.' for the top.", code="path_invalid")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in path):
        raise Invalid(f"The path {path[:80]!r} has control characters in it; remove them.", code="path_invalid")
    if len(path.encode()) > MAX_PATH_BYTES:
        raise Invalid(f"The path is longer than {MAX_PATH_BYTES} bytes; choose a shorter one.", code="path_invalid")


def _relative(path: str, roots: tuple[str, ...]) -> str:
    if not path.startswith("/"):
        return path
    for root in roots:
        if path == root or path.startswith(root.rstrip("/") + "/"):
            return path[len(root) :]
    raise Forbidden(
        f"The path {path!r} is absolute and lies outside the workspace. Give it relative to the top of the "
        "project, e.g. 'src/app.py'.",
        code="path_outside",
    )
