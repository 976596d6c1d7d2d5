"""Who may use what of the language: what the persona's front matter lists, else what is usual for its role."""

from collections.abc import Mapping
from types import MappingProxyType

from loom_app.kernel.errors import LoomError
from loom_app.personas import service as personas
from loom_app.personas.models import Persona
from loom_app.temporal_language.offers import ACTIVITIES, EVERYTHING

KEY = "temporal"
"""In the metadata of a persona: a list of names, or `none`, or `all`."""
_LOOKS = frozenset(ACTIVITIES)
_ALL = frozenset(EVERYTHING)
USUAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "qa-engineer": _ALL, "devops-engineer": _ALL, "engineering-manager": _ALL, "project-manager": _ALL,
        "cto": _ALL, "housekeeping-bot": _ALL,
        "documentation-manager": _LOOKS | {"ScheduledBead", "NightlyCheck"},
        "product-manager": _LOOKS | {"ScheduledBead"}, "public-relations-manager": _LOOKS | {"ScheduledBead"},
        "cfo": _LOOKS | {"ScheduledBead"},
        "code-reviewer": _LOOKS, "decision-maker": _LOOKS,
    }
)  # fmt: skip


def rights_of(persona: Persona) -> frozenset[str]:
    """The names that an agent of this persona may use; none of them is no use of the language at all."""
    if KEY not in persona.metadata:
        return USUAL.get(persona.role, frozenset())
    given = persona.metadata[KEY]
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    if not isinstance(words, list):
        return frozenset()
    if words == ["all"]:
        return _ALL
    return frozenset(str(word) for word in words) & _ALL


def rights_of_role(role: str) -> frozenset[str]:
    """The same for a role or persona by name; none for one that cannot be read."""
    try:
        return rights_of(personas.get_persona(role))
    except LoomError:
        return frozenset()
