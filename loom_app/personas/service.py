"""Reading personas from their files: <personas folder>/<group>/<role>/SKILL.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from loom_app.kernel.errors import LoomError, NotFound
from loom_app.kernel.log import get_logger
from loom_app.personas import folder
from loom_app.personas.folder import DEFAULT_GROUP, FILE, SHIPPED
from loom_app.personas.format import MAX_BYTES, check_size, malformed, persona_of
from loom_app.personas.models import Persona

__all__ = [
    "DEFAULT_GROUP", "FILE", "MAX_BYTES", "SHIPPED", "Shelved", "get_persona", "list_personas", "load", "parsed",
    "path_of", "shelf", "text_of",
]  # fmt: skip
log = get_logger(__name__)


@dataclass(frozen=True)
class Shelved:
    """A persona file: what it says, or why it cannot be read, in a sentence that names the cure."""

    name: str
    path: Path
    persona: Persona | None
    problem: str = ""


def load(path: Path) -> Persona:
    """The persona in the file `path` as it is now.

    Raises NotFound where there is no such file, TooLarge above 64 KB, and Invalid (code `persona_malformed`)
    with the file, the fault and the cure when it does not follow the format.
    """
    where = folder.where(path)
    try:
        if not path.is_file():
            raise NotFound(f"There is no persona file {where}.", code="persona_not_found")
        check_size(where, path.stat().st_size)
        return _read(path.parent.parent.name, path.parent.name, where, path.read_bytes())
    except OSError as error:
        raise malformed(where, f"it cannot be read ({error.strerror}); check its permissions") from error


def shelf(root: Path | None = None) -> list[Shelved]:
    """Every persona file by name, the faulty ones with what is wrong; of `root` alone when it is given."""
    return [_shelved(*found) for found in folder.files(_within(root))]


def text_of(path: Path) -> tuple[str, str]:
    """What stands in the file, as far as a database can keep it, and the digest of its bytes."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return "", f"{size} bytes"
        content = path.read_bytes()
    except OSError as error:
        return "", error.strerror or "unreadable"
    return content.decode("utf-8", "replace").replace("\x00", "\ufffd"), sha256(content).hexdigest()


def list_personas(root: Path | None = None) -> list[Persona]:
    """Every sound persona by name; one that cannot be read is left out and named in the log."""
    every = shelf(root)
    for faulty in (one for one in every if one.persona is None):
        log.warning("persona left out", path=str(faulty.path), reason=faulty.problem)
    return [one.persona for one in every if one.persona]


def get_persona(name: str, root: Path | None = None) -> Persona:
    """The persona called `name`: "default/qa-engineer", or "qa-engineer" for one of the group "default".

    Raises Invalid for a name that is no such thing, NotFound (with the nearest name) and what `load` raises.
    """
    return load(path_of(name, root))


def path_of(name: str, root: Path | None = None) -> Path:
    """The file of the persona called `name`. Raises Invalid and NotFound as `get_persona` does."""
    group, role = folder.parts(name)
    within = _within(root)
    for each in within:
        path = each / group / role / FILE
        if path.is_file():
            return folder.inside(each, path)
    near = _nearest(f"{group}/{role}", (path for _, path in folder.files(within)))
    raise NotFound(
        f"There is no persona {name!r}{near} List personas with GET /api/v1/personas.", code="persona_not_found"
    )


def parsed(name: str, text: str) -> Persona:
    """What `text` says as the file of the persona `name`. Raises Invalid and TooLarge as `load` does."""
    group, role = folder.parts(name)
    where = f"{group}/{role}/{FILE}"
    check_size(where, len(text.encode()))
    return persona_of(group, role, where, text)


def _within(root: Path | None) -> tuple[Path, ...]:
    return (root,) if root else folder.roots()


def _shelved(root: Path, path: Path) -> Shelved:
    name = f"{path.parent.parent.name}/{path.parent.name}"
    try:
        return Shelved(name, path, load(folder.inside(root, path)))
    except LoomError as error:
        return Shelved(name, path, None, error.message)


def _nearest(name: str, paths: Iterable[Path]) -> str:
    known = [f"{path.parent.parent.name}/{path.parent.name}" for path in paths]
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "."


@lru_cache(maxsize=512)
def _read(group: str, role: str, where: str, content: bytes) -> Persona:
    """By its bytes: two writes within a tick of the clock leave a file that looks the same from outside."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed(where, f"byte {error.start} is not UTF-8; save the file as UTF-8") from error
    return persona_of(group, role, where, text)
