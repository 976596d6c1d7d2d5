"""Beads that ask for somebody in their words: every pattern, every role, however it is written."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.dispatch.hints import PATTERNS, SHORT, TAGS, Called, Fit, hint
from loom_app.personas.service import list_personas

ROLES = sorted({persona.role for persona in list_personas()} - {"ceo"})
TEAM = [Called(f"agent-{number}", role.replace("-", " ").title(), role) for number, role in enumerate(ROLES)]
FORMS = (
    "Ask the {} to weigh the flour", "ask {} to weigh it", "[{}] Weigh the flour", "{}: weigh the flour",
    "A scale for the {} agent", "A scale for {} (agent)", "A scale **for the {} (agent)** today", "A scale for {}",
    "A scale for the {}.", "{} agent: weigh it", "Could you ask our {} agent to come?",
)  # fmt: skip
"""How people write it."""
IN_A_DESCRIPTION = [form for form in FORMS if "agent" in form.lower() or "ask" in form.lower() or form[0] in "[{"]


def said(role: str, how: str) -> str:
    words = role.replace("-", " ")
    return {
        "role": role,
        "words": words,
        "title": words.title(),
        "shout": words.upper(),
        "under": role.replace("-", "_"),
    }[how]


@given(
    role=st.sampled_from(ROLES),
    form=st.sampled_from(FORMS),
    how=st.sampled_from(["role", "words", "title", "shout", "under"]),
)
def test_every_role_is_understood_in_every_form(role: str, form: str, how: str) -> None:
    found = hint(form.format(said(role, how)), "", (), TEAM)
    assert found is not None
    assert found.ids == {one.id for one in TEAM if one.role == role}
    assert found.binds


@given(role=st.sampled_from(ROLES), form=st.sampled_from(IN_A_DESCRIPTION), before=st.sampled_from(["", "  "]))
def test_descriptions_are_read_too_and_the_title_is_stronger(role: str, form: str, before: str) -> None:
    text = before + form.format(role)
    found = hint("Weigh the flour", text, (), TEAM)
    assert found is not None
    assert found.ids == {one.id for one in TEAM if one.role == role}
    other = "qa-engineer" if role != "qa-engineer" else "cfo"
    stronger = hint(f"[{other}] Weigh", text, (), TEAM)
    assert stronger is not None
    assert stronger.ids == {one.id for one in TEAM if one.role == other}


@pytest.mark.parametrize("tag", TAGS)
def test_tags_name_roles_and_agents(tag: str) -> None:
    found = hint("[cfo] Weigh", "", (f"{tag}QA engineer",), TEAM)
    assert found is not None
    assert [one.role for one in TEAM if one.id in found.ids] == ["qa-engineer"]


@pytest.mark.parametrize(("short", "role"), sorted(SHORT.items()))
def test_what_people_say_for_short_is_a_wish_and_keeps_nobody_from_it(short: str, role: str) -> None:
    found = hint(f"[{short}] Weigh", "", (), TEAM)
    assert found is not None
    assert ([one.role for one in TEAM if one.id in found.ids], found.binds) == ([role], False)


@pytest.mark.parametrize(
    ("title", "fit", "role"),
    [
        ("[senior qa engineer] Weigh", Fit.PART, "qa-engineer"),
        ("Housekeeping: weigh", Fit.PART, "housekeeping-bot"),
        ("ask the Web Designer Engineer to weigh", Fit.ROLE, "web-designer-engineer"),
        ("ask the web designer to weigh", Fit.ROLE, "web-designer"),
    ],
)
def test_names_that_fit_in_part_are_wishes_and_the_fullest_counts(title: str, fit: Fit, role: str) -> None:
    found = hint(title, "", (), TEAM)
    assert found is not None
    assert (found.fit, [one.role for one in TEAM if one.id in found.ids]) == (fit, [role])


def test_an_agent_is_asked_for_by_name_or_id() -> None:
    robin, other = Called("agent-x", "Robin", "qa-engineer"), Called("agent-y", "Kim", "qa-engineer")
    for title in ("[Robin] Weigh", "robin: weigh", "ask Robin to weigh", "A scale for robin", "[agent-x] Weigh"):
        found = hint(title, "", (), [other, robin])
        assert found is not None, title
        assert (found.fit, found.ids) == (Fit.NAME, frozenset({"agent-x"}))


@pytest.mark.parametrize(
    "title",
    [
        "Note: weigh the flour",
        "[auto-filed] P3 - readiness failed",
        "A scale for everybody",
        "ask them to wait",
        "engineer: weigh",
        "",
        ":",
        "[]",
        "**for**",
    ],
)
def test_what_names_nobody_of_the_team_is_no_hint(title: str) -> None:
    assert hint(title, title, (), TEAM) is None
    assert hint("[qa-engineer] Weigh", "", (), []) is None


@given(
    title=st.text(max_size=300), description=st.text(max_size=2_000), tags=st.lists(st.text(max_size=20), max_size=4)
)
def test_any_text_is_read_without_complaint(title: str, description: str, tags: list[str]) -> None:
    found = hint(title, description, tags, TEAM)
    assert found is None or found.ids <= {one.id for one in TEAM}


def test_texts_made_to_be_slow_are_read_at_once() -> None:
    begun = time.perf_counter()
    for text in ("ask the " * 20_000, "for the " * 20_000, "a" * 100_000 + ":", "**for " * 20_000, "[" * 100_000):
        hint(text[:500], text, (), TEAM)
    assert time.perf_counter() - begun < 2
    assert all(isinstance(pattern.regex, re.Pattern) for pattern in PATTERNS)
