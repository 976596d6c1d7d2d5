"""Who takes a bead: the one it names, the role it asks for, else whoever most speaks for; the same every time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.dispatch.matching import match, weigh
from loom_app.dispatch.scoring import KINDS_OF_ERROR, PREFERRED, Member, Past, Work
from tests.dispatch.people import CEO, ENGINEER, KEEPER, TEAM, TESTER, taken, work


@pytest.mark.parametrize(
    ("bead", "taker"),
    [
        (work("bug"), ENGINEER),
        (work("chore"), KEEPER),
        (work("test"), TESTER),
        (work("unheard-of"), ENGINEER),
        (work(tags=("role:qa-engineer",)), TESTER),
        (work(title="Ask the QA engineer to taste it"), TESTER),
        (work(title="[housekeeping bot] Wipe the table"), KEEPER),
        (work(title="QA engineer: taste it"), TESTER),
        (work(title="QA: taste it"), TESTER),
        (work(title="A new oven for the housekeeping bot"), KEEPER),
        (work(title="Note: the flour is damp"), ENGINEER),
        (work(title="Taste", description="Please ask the QA Engineer to taste it."), TESTER),
        (work(assigned_to="agent-3"), KEEPER),
        (work(assigned_to="QA Engineer"), TESTER),
        (work(assigned_to="housekeeping-bot"), KEEPER),
    ],
)
def test_the_fitting_agent_takes_it_and_says_why(bead: Work, taker: Member) -> None:
    found = taken(bead)
    assert found.agent == taker
    assert found.why


@pytest.mark.parametrize(
    "bead", [work(tags=("role:qa-engineer",)), work(assigned_to="agent-2"), work(title="QA engineer: taste it")]
)
@pytest.mark.parametrize("status", ["working", "paused", "complete"])
def test_a_bead_for_somebody_who_cannot_waits(bead: Work, status: str) -> None:
    team = [replace(TESTER, status=status), ENGINEER, KEEPER]
    assert match(bead, team) is None
    assert weigh(bead, team)[0].why_not


def test_what_is_only_said_for_short_is_preferred_but_goes_to_another_rather_than_wait() -> None:
    assert taken(work(title="QA: taste it")).agent == TESTER
    assert taken(work(title="QA: taste it"), [replace(TESTER, status="working"), ENGINEER]).agent == ENGINEER


def test_a_bead_for_a_person_or_for_nobody_known_is_given_to_no_agent() -> None:
    assert match(work(assigned_to="ann", for_person=True), TEAM) is None
    assert match(work(assigned_to="somebody"), TEAM) is None
    assert {one.why_not for one in weigh(work(assigned_to="somebody"), TEAM)} == {"the bead is assigned to somebody"}
    assert match(work(assigned_to="…"), [replace(TESTER, name="!")]) is None


def test_the_ceo_takes_nothing_from_the_queue() -> None:
    assert match(work(), [CEO]) is None
    assert match(work(assigned_to="ceo"), TEAM) is None
    assert taken(work(tags=("role:ceo",))).agent == ENGINEER


def test_nobody_idle_and_nobody_with_a_provider_means_nobody() -> None:
    assert match(work(), []) is None
    assert match(work(), [replace(ENGINEER, provider_id=None)]) is None
    assert match(work(), [ENGINEER], room=lambda one: f"{one.role} is full") is None


def test_all_who_were_weighed_are_told_with_their_scores_or_why_not() -> None:
    team = [replace(TESTER, status="working", bead_id="kit-9"), ENGINEER, KEEPER, replace(CEO, status="paused")]
    found = taken(work("bug"), team)
    assert [one.member.id for one in found.candidates] == ["agent-1", "agent-3", "agent-2", "agent-4"]
    assert [one.score.points for one in found.candidates] == [60, 0, 0, 0]
    assert [one.why_not for one in found.candidates] == [
        "", "", "it works on kit-9", "it answers for people and takes no work from the queue",
    ]  # fmt: skip
    assert found.candidates[0].score.parts[0].why == "the role takes bug beads first"


@pytest.mark.parametrize(
    ("past", "taker"),
    [
        ({"agent-b": Past(on_bead=1)}, "agent-b"),
        ({"agent-b": Past(near=1)}, "agent-b"),
        ({"agent-b": Past(on_files=("oven.py",))}, "agent-b"),
        ({"agent-a": Past(on_bead=2, failed=2)}, "agent-b"),
        ({"agent-a": Past(lately=3)}, "agent-b"),
        ({}, "agent-a"),
    ],
)
def test_of_two_alike_it_goes_to_who_knows_it_and_not_to_who_failed_with_it(past: dict[str, Past], taker: str) -> None:
    alike = [replace(ENGINEER, id=f"agent-{letter}", name=letter) for letter in "ba"]
    found = match(work(), alike, past)
    assert found is not None
    assert found.agent.id == taker


def test_specialties_that_the_bead_speaks_of_count() -> None:
    baker, other = replace(TESTER, specialties=("regression testing", "ovens")), replace(TESTER, id="agent-0")
    assert taken(work(title="The oven regressed"), [other, baker]).agent == baker


def test_who_was_idle_longest_comes_first_among_equals() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    team = [replace(TESTER, id="a", idle_since=late), replace(TESTER, id="b", idle_since=early)]
    assert taken(work("odd"), team).agent.id == "b"


@pytest.mark.parametrize("word", sorted(KINDS_OF_ERROR))
def test_errors_that_programs_filed_go_to_who_mends_such(word: str) -> None:
    team = [*TEAM, *(Member(role, role.title(), role) for roles in KINDS_OF_ERROR.values() for role in roles)]
    assert taken(work("bug", f"[auto-filed] P2 - {word} failed"), team).agent.role == KINDS_OF_ERROR[word][0]


members = st.builds(
    Member,
    id=st.text("abc", min_size=1, max_size=3),
    name=st.sampled_from(["Ann", "QA Engineer", "Bo", ""]),
    role=st.sampled_from(["qa-engineer", "engineering-manager", "ceo", "devops-engineer"]),
    status=st.sampled_from(["idle", "working", "paused", "complete"]),
    provider_id=st.sampled_from(["model", None]),
    specialties=st.sampled_from([(), ("ovens", "dough")]),
)
works = st.builds(
    Work,
    id=st.just("kit-1"),
    type=st.sampled_from([*PREFERRED, "odd"]),
    title=st.sampled_from(["QA: taste", "Ask the QA engineer to look", "[Ann] dough", "Weigh"]),
    assigned_to=st.sampled_from(["", "a", "Ann", "qa-engineer", "nobody known"]),
)
pasts = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.builds(
        Past, on_bead=st.integers(0, 3), failed=st.integers(0, 5), near=st.integers(0, 1), lately=st.integers(0, 30)
    ),
)


@given(work=works, team=st.lists(members, unique_by=lambda one: one.id, max_size=6), past=pasts, seed=st.randoms())
def test_only_who_can_is_chosen_and_the_order_they_stand_in_changes_nothing(
    work: Work, team: list[Member], past: dict[str, Past], seed: object
) -> None:
    found = match(work, team, past)
    shuffled = list(team)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    again = match(work, shuffled, past)
    assert (found and found.agent) == (again and again.agent)
    if found is None:
        assert all(one.why_not for one in weigh(work, team, past))
        return
    best, *others = found.candidates
    assert best.member == found.agent
    assert (best.member.status, best.member.role != "ceo", best.member.provider_id) == ("idle", True, "model")
    assert best.score.points == sum(part.points for part in best.score.parts)
    assert all(one.why_not or one.score.points <= best.score.points for one in others)
