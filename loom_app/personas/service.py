"""Reading personas from their files: personas/<group>/<role>/SKILL.md."""

import re
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from loom_app.kernel.errors import Invalid, NotFound, TooLarge
from loom_app.kernel.log import get_logger
from loom_app.personas import frontmatter
from loom_app.personas.models import AUTONOMY_LEVELS, Persona

log = get_logger(__name__)

SHIPPED = Path(__file__).resolve().parents[2] / "personas"
FILE = "SKILL.md"
DEFAULT_GROUP = "default"
MAX_BYTES = 64 * 1024
MAX_DESCRIPTION = 1024
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_NAME = 64


def load(path: Path) -> Persona:
    """The persona in the file `path`, read again only when the file has changed.

    Raises NotFound where there is no such file, TooLarge above 64 KB, and Invalid (code `persona_malformed`)
    with the file, the fault and the cure when it does not follow the format.
    """
    try:
        if not path.is_file():
            raise NotFound(f"There is no persona file {_where(path)}.", code="persona_not_found")
        stat = path.stat()
        return _read(path.absolute(), stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise _malformed(_where(path), f"it cannot be read ({error.strerror}); check its permissions") from error


def list_personas(root: Path = SHIPPED) -> list[Persona]:
    """Every sound persona below `root`, by name. One that cannot be read is left out and named in the log."""
    found = []
    for path in sorted(root.glob(f"*/*/{FILE}")):
        try:
            found.append(load(_inside(root, path)))
        except (Invalid, NotFound, TooLarge) as error:
            log.warning("persona left out", path=str(path), reason=error.message)
    return sorted(found, key=lambda persona: persona.name)


def get_persona(name: str, root: Path = SHIPPED) -> Persona:
    """The persona called `name`: "default/qa-engineer", or "qa-engineer" for one of the group "default".

    Raises Invalid for a name that is no such thing, NotFound (with the nearest name) and what `load` raises.
    """
    group, role = _parts(name)
    path = root / group / role / FILE
    if not path.is_file():
        near = _nearest(f"{group}/{role}", root)
        raise NotFound(
            f"There is no persona {name!r}{near} List personas with GET /api/v1/personas.", code="persona_not_found"
        )
    return load(_inside(root, path))


def _parts(name: str) -> tuple[str, str]:
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


def _inside(root: Path, path: Path) -> Path:
    """`path`, unless a symbolic link leads it out of `root`."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise Invalid(f"{_where(path)} leads out of the personas folder, which is not allowed.", code="persona_outside")
    return path


def _nearest(name: str, root: Path) -> str:
    known = [f"{path.parent.parent.name}/{path.parent.name}" for path in root.glob(f"*/*/{FILE}")]
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "."


@lru_cache(maxsize=512)
def _read(path: Path, _mtime_ns: int, size: int) -> Persona:
    where = _where(path)
    if size > MAX_BYTES:
        raise TooLarge(
            f"{where} has {size:,} bytes; a persona may have {MAX_BYTES:,}. Shorten it.", code="persona_too_large"
        )
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(where, f"byte {error.start} is not UTF-8; save the file as UTF-8") from error
    head, body = frontmatter.split(text, where)
    return _persona(path, head, body)


def _persona(path: Path, head: dict[str, Any], body: str) -> Persona:
    where, role = _where(path), path.parent.name
    name = _text(head, "name", where, needed=True)
    if name != role:
        raise _malformed(where, f"name is {name!r} but the folder is {role!r}; make them equal")
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise _malformed(where, f"name {name!r} must be small letters, digits and single hyphens, at most {MAX_NAME}")
    description = _text(head, "description", where, needed=True)
    if len(description) > MAX_DESCRIPTION:
        raise _malformed(where, f"description has {len(description)} characters; at most {MAX_DESCRIPTION} are allowed")
    if not body:
        raise _malformed(where, "there are no instructions below the front matter; write them")
    metadata = _metadata(head, where)
    return Persona(
        name=f"{path.parent.parent.name}/{role}",
        role=role,
        description=description,
        instructions=body,
        license=_text(head, "license", where),
        compatibility=_text(head, "compatibility", where),
        metadata=metadata,
        autonomy_level=_autonomy(metadata, where),
        specialties=_specialties(metadata, where),
    )


def _text(head: dict[str, Any], key: str, where: str, *, needed: bool = False) -> str:
    value = head.get(key, "")
    if not isinstance(value, str):
        raise _malformed(where, f"{key} must be text")
    if needed and not value.strip():
        raise _malformed(where, f"{key} is missing; add `{key}: …` to the front matter")
    return value.strip()


def _metadata(head: dict[str, Any], where: str) -> dict[str, Any]:
    metadata = head.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise _malformed(where, "metadata must be keys with values, such as `role: QA Engineer`")
    return metadata


def _autonomy(metadata: dict[str, Any], where: str) -> Any:
    level = metadata.get("autonomy_level", "supervised")
    if level not in AUTONOMY_LEVELS:
        raise _malformed(where, f"autonomy_level is {level!r}; it must be one of {', '.join(AUTONOMY_LEVELS)}")
    return level


def _specialties(metadata: dict[str, Any], where: str) -> tuple[str, ...]:
    """A list, or one line with commas as the Agent Skills format suggests for metadata."""
    given = metadata.get("specialties") or []
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise _malformed(where, "specialties must be a list of words")
    return tuple(item.strip() for item in listed if item.strip())


def _where(path: Path) -> str:
    """The last parts of `path`, enough to find the file without telling where Loom is installed."""
    return "/".join(path.parts[-3:])


def _malformed(where: str, fault: str) -> Invalid:
    return Invalid(f"{where}: {fault}.", code="persona_malformed")
