"""What a SKILL.md has to say to be a persona, and a sentence for each way in which one does not."""

from typing import Any

from loom_app.kernel.errors import Invalid, TooLarge
from loom_app.personas import frontmatter
from loom_app.personas.folder import MAX_NAME, NAME
from loom_app.personas.models import AUTONOMY_LEVELS, Persona

MAX_BYTES = 64 * 1024
MAX_DESCRIPTION = 1024


def check_size(where: str, size: int) -> None:
    """Raises TooLarge for a file of more than MAX_BYTES."""
    if size > MAX_BYTES:
        raise TooLarge(
            f"{where} has {size:,} bytes; a persona may have {MAX_BYTES:,}. Shorten it.", code="persona_too_large"
        )


def persona_of(group: str, role: str, where: str, text: str) -> Persona:
    """The persona that the file `text` at `where` describes. Raises Invalid (code `persona_malformed`)."""
    if "\x00" in text:
        raise malformed(where, "it holds a NUL character, which is no text; save it without")
    head, body = frontmatter.split(text, where)
    name = _text(head, "name", where, needed=True)
    if name != role:
        raise malformed(where, f"name is {name!r} but the folder is {role!r}; make them equal")
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise malformed(where, f"name {name!r} must be small letters, digits and single hyphens, at most {MAX_NAME}")
    description = _text(head, "description", where, needed=True)
    if len(description) > MAX_DESCRIPTION:
        raise malformed(where, f"description has {len(description)} characters; at most {MAX_DESCRIPTION} are allowed")
    if not body:
        raise malformed(where, "there are no instructions below the front matter; write them")
    metadata = _metadata(head, where)
    return Persona(
        name=f"{group}/{role}",
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
        raise malformed(where, f"{key} must be text")
    if needed and not value.strip():
        raise malformed(where, f"{key} is missing; add `{key}: …` to the front matter")
    return value.strip()


def _metadata(head: dict[str, Any], where: str) -> dict[str, Any]:
    metadata = head.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise malformed(where, "metadata must be keys with values, such as `role: QA Engineer`")
    return metadata


def _autonomy(metadata: dict[str, Any], where: str) -> Any:
    level = metadata.get("autonomy_level", "supervised")
    if level not in AUTONOMY_LEVELS:
        raise malformed(where, f"autonomy_level is {level!r}; it must be one of {', '.join(AUTONOMY_LEVELS)}")
    return level


def _specialties(metadata: dict[str, Any], where: str) -> tuple[str, ...]:
    """A list, or one line with commas as the Agent Skills format suggests for metadata."""
    given = metadata.get("specialties") or []
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise malformed(where, "specialties must be a list of words")
    return tuple(item.strip() for item in listed if item.strip())


def malformed(where: str, fault: str) -> Invalid:
    """The refusal of a file, with the fault and its cure."""
    return Invalid(f"{where}: {fault}.", code="persona_malformed")
