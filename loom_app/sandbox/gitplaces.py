"""What of git a command may see: everything it needs to read history, nothing it could change or log in with."""

import re
from dataclasses import dataclass
from pathlib import Path

from loom_app.kernel.errors import Forbidden
from loom_app.sandbox.trees import walk

_LOGIN = re.compile(r"://[^/\s\"@]*@")
_SECRET_LINE = re.compile(r"(?im)^[ \t]*[\w.-]*(extraheader|passw|token|secret|helper)[\w.-]*[ \t]*=.*$")


@dataclass(frozen=True)
class GitPlaces:
    """Paths to show read-only: `entry` is the worktree's own `.git`, `common` the repository it belongs to."""

    entry: Path | None = None
    common: Path | None = None

    @property
    def config(self) -> Path | None:
        """The repository's configuration, which may hold credentials."""
        home = self.common or self.entry
        return home / "config" if home and (home / "config").is_file() else None


def git_places(root: Path) -> GitPlaces:
    """Where git keeps its things for a worktree.

    A `.git` file is believed only if the repository it names points back to it, so that a forged one opens nothing.
    Raises Forbidden if `.git` is a link.
    """
    entry = root / ".git"
    if entry.is_symlink():
        raise Forbidden(
            f"{str(entry)!r} is a symbolic link, which Loom does not follow. Make a real worktree.", code="path_git"
        )
    if entry.is_dir():
        return GitPlaces(entry, entry)
    if not entry.is_file():
        return GitPlaces()
    return GitPlaces(entry, _common(root, entry))


def nested_repositories(root: Path) -> list[str]:
    """Directories of a worktree that git would take for repositories of their own, submodules of it not counted.

    Git enters such a directory with `add`, `status` and `diff` and runs the programs that its configuration names.
    A command can make one inside the sandbox, so look here before git runs outside of it.
    """
    common = git_places(root).common
    found = []
    for place, directories, files in walk(root):
        if Path(place) == root or ".git" not in (*directories, *files):
            continue
        directories[:] = [name for name in directories if name != ".git"]
        home = _pointed(Path(place, ".git"), Path(place), "gitdir: ")
        if not (common and home and home.is_relative_to(common) and "modules" in home.relative_to(common).parts):
            found.append(str(Path(place).relative_to(root)))
    return sorted(found)


def without_secrets(config: str) -> str:
    """A git configuration without logins in addresses, headers, and credential helpers."""
    return _SECRET_LINE.sub("", _LOGIN.sub("://", config))


def _common(root: Path, entry: Path) -> Path | None:
    private = _pointed(entry, root, "gitdir: ")
    if private is None or _pointed(private / "gitdir", private) != entry:
        return None
    common = _pointed(private / "commondir", private)
    return common if common and private.is_relative_to(common) and (common / "objects").is_dir() else None


def _pointed(file: Path, base: Path, prefix: str = "") -> Path | None:
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError):
        return None
    return (base / text.removeprefix(prefix).strip()).resolve() if text.startswith(prefix) else None
