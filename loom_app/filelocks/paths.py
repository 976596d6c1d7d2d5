"""Paths within a project as locks know them: one way of writing for each file."""

import unicodedata
from collections.abc import Iterator

from loom_app.kernel.errors import Invalid

LONGEST = 1_000


def normalised(path: str) -> str:
    """`path` relative to the project's root, without `.`, doubled or closing slashes, in Unicode's form NFC.

    Raises Invalid for one that is empty, absolute, leads out of the project, or has a backslash or control character.
    """
    text = unicodedata.normalize("NFC", path)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    fault = _fault(text, parts)
    if fault:
        raise Invalid(
            f"{path[:200]!r} cannot be locked: {fault}. Name a file or folder from the project's root, such as "
            "src/app.py.",
            code="bad_path",
        )
    return "/".join(parts)


def folders_of(path: str) -> Iterator[str]:
    """The folders that the normalised `path` is in, from the root down."""
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _fault(text: str, parts: list[str]) -> str:
    if not parts:
        return "it names no file"
    if text.startswith("/"):
        return "it begins at the root of the machine"
    if ".." in parts:
        return "it has .. in it"
    if "\\" in text:
        return "it has a backslash in it"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return "it has a control character in it"
    return f"it is longer than {LONGEST} characters" if len(text) > LONGEST else ""
