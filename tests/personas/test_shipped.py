"""The fifteen personas that come with Loom."""

import re
from itertools import combinations

import pytest

from loom_app.personas.models import Persona
from loom_app.personas.service import SHIPPED, list_personas, load

ROLES = (
    "ceo", "cfo", "code-reviewer", "cto", "decision-maker", "devops-engineer", "documentation-manager",
    "engineering-manager", "housekeeping-bot", "product-manager", "project-manager", "public-relations-manager",
    "qa-engineer", "web-designer", "web-designer-engineer",
)  # fmt: skip
ACTIONS = {
    "read_file", "read_tree", "search_text", "write_file", "edit_code", "apply_patch", "delete_file", "run_command",
    "run_tests", "git_status", "git_diff", "git_commit", "create_bead", "close_bead", "escalate_ceo", "ask_followup",
    "decide", "done",
}  # fmt: skip
NEEDED = ("read_file", "git_commit", "run_tests", "create_bead", "escalate_ceo", "ask_followup", "done")


def named(persona: Persona) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", persona.instructions))


def sentences(persona: Persona) -> set[str]:
    text = " ".join(persona.instructions.split())
    return {part.strip(" -*#") for part in re.split(r"(?<=[.!?:;])\s", text) if len(part.split()) > 3}


def test_all_roles_are_there() -> None:
    assert [persona.role for persona in list_personas()] == sorted(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_the_front_matter_is_complete(role: str) -> None:
    persona = load(SHIPPED / "default" / role / "SKILL.md")
    assert persona.name == f"default/{role}"
    assert persona.license == "Apache-2.0"
    assert persona.compatibility
    assert "Use " in persona.description
    assert persona.metadata["author"] == "Loom"
    assert persona.metadata["version"] == "1.0"
    assert persona.metadata["role"]
    assert len(persona.specialties) >= 3


@pytest.mark.parametrize("role", ROLES)
def test_the_instructions_fit_the_system(role: str) -> None:
    persona = load(SHIPPED / "default" / role / "SKILL.md")
    assert 350 <= len(persona.instructions.split()) <= 700
    assert not set(NEEDED) - named(persona)
    unknown = {word for word in named(persona) if "_" in word} - ACTIONS - {"needs_more_info"}
    assert not unknown, f"{role} speaks of actions nobody has: {unknown}"


def test_the_owner_seat_knows_its_three_answers() -> None:
    persona = load(SHIPPED / "default" / "ceo" / "SKILL.md")
    assert persona.autonomy_level == "supervised"
    assert {"approve", "deny", "needs_more_info"} <= set(re.findall(r"\*\*(\w+)\*\*", persona.instructions))


def test_no_persona_repeats_another() -> None:
    for one, other in combinations(list_personas(), 2):
        mine, theirs = sentences(one), sentences(other)
        shared = len(mine & theirs) / min(len(mine), len(theirs))
        assert shared <= 0.05, f"{one.name} and {other.name} share {shared:.0%} of their sentences"
