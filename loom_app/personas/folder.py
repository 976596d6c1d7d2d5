"""Where persona files are kept, and how one is written: whole or not at all."""

import asyncio
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from loom_app.config import settings
from loom_app.kernel.errors import Invalid, Unavailable

SHIPPED = Path(__file__).resolve().parents[2] / "personas"
FILE = "SKILL.md"
DEFAULT_GROUP = "default"
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_NAME = 64


def own() -> Path:
    """The folder that Loom writes personas into: the one that `personas_dir` names, else the one that comes with it."""
    named = settings().personas_dir
    return Path(named).expanduser().absolute() if named else SHIPPED


def roots() -> tuple[Path, ...]:
    """Where personas are looked for; what the first one has stands before what the next one has."""
    return tuple(dict.fromkeys((own(), SHIPPED)))


def parts(name: str) -> tuple[str, str]:
    """Group and role of a name; one without a group is of the default group. Raises Invalid for what is no name."""
    group, slash, role = name.partition("/")
    if not slash:
        group, role = DEFAULT_GROUP, name
    if not all(NAME.fullmatch(part) and len(part) <= MAX_NAME for part in (group, role)):
        raise Invalid(
            f"{name[:200]!r} is not the name of a persona. Use small letters, digits and single hyphens, "
            "as in 'default/qa-engineer' or 'qa-engineer'.",
            code="persona_name",
        )
    return group, role


def where(path: Path) -> str:
    """The last parts of `path`, enough to find the file without telling where Loom is installed."""
    return "/".join(path.parts[-3:])


def inside(root: Path, path: Path) -> Path:
    """`path`, unless a symbolic link leads it out of `root`."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise Invalid(f"{where(path)} leads out of the personas folder, which is not allowed.", code="persona_outside")
    return path


def files(within: tuple[Path, ...]) -> Iterator[tuple[Path, Path]]:
    """(root, file) of every persona in the folders `within`, each name once."""
    found = {path.parts[-3:-1]: (root, path) for root in reversed(within) for path in root.glob(f"*/*/{FILE}")}
    yield from (found[name] for name in sorted(found))


async def write(group: str, role: str, text: str) -> None:
    """Puts `text` in the place of the persona's file, at once. Raises Unavailable where the disk refuses."""
    await asyncio.to_thread(_replace, own(), own() / group / role / FILE, text)


def _replace(root: Path, path: Path, text: str) -> None:
    inside(root, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fill(path, text)
    except OSError as error:
        raise Unavailable(
            f"{where(path)} cannot be written ({error.strerror}). Let Loom write in its personas folder, or name "
            "another one as personas_dir (LOOM_PERSONAS_DIR).",
            code="personas_not_writable",
        ) from error


def _fill(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
