"""Walking through and removing directories that a command filled, however deep and in whatever state they are."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory with the names of its directories and of everything else; links are followed nowhere.

    What is taken out of the first list is not entered. What goes or cannot be read meanwhile is left out.
    """
    ahead = [str(root)]
    while ahead:
        place = ahead.pop()
        folders: list[str] = []
        others: list[str] = []
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
        yield place, folders, others
        ahead += [f"{place}/{name}" for name in folders]


def clear(root: Path) -> None:
    """Removes a directory with all that is in it; what is no longer there is fine. Blocks."""
    with suppress(RecursionError):
        shutil.rmtree(root, ignore_errors=True)
    for argv in (["chmod", "-R", "u+rwX", "--", str(root)], ["rm", "-rf", "--", str(root)]):
        if root.is_dir():
            subprocess.run(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - a fixed argv
