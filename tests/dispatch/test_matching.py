"""Who takes a bead: the one it names, the role it asks for, the role its type suits, else whoever rested longest."""

import pytest

from loom_app.dispatch.matching import Candidate, Work, match

ENGINEER = Candidate("agent-1", "Engineering Manager", "engineering-manager")
TESTER = Candidate("agent-2", "QA Engineer", "qa-engineer")
KEEPER = Candidate("agent-3", "Housekeeping Bot", "housekeeping-bot")
CEO = Candidate("agent-4", "CEO", "ceo")
TEAM = [TESTER, ENGINEER, KEEPER, CEO]


def work(
    type_: str = "task", title: str = "Weigh the flour", tags: tuple[str, ...] = (), assigned_to: str = ""
) -> Work:
    return Work("kit-1", type_, title, tags, assigned_to)


@pytest.mark.parametrize(
    ("bead", "taker"),
    [
        (work("bug"), ENGINEER),
        (work("chore"), KEEPER),
        (work("test"), TESTER),
        (work("unheard-of"), TESTER),
        (work(tags=("role:qa-engineer",)), TESTER),
        (work(title="Ask the QA engineer to taste it"), TESTER),
        (work(title="[housekeeping bot] Wipe the table"), KEEPER),
        (work(title="QA engineer: taste it"), TESTER),
        (work(title="A new oven for the housekeeping bot"), KEEPER),
        (work(title="Note: the flour is damp"), ENGINEER),
        (work(assigned_to="agent-3"), KEEPER),
        (work(assigned_to="QA Engineer"), TESTER),
        (work(assigned_to="housekeeping-bot"), KEEPER),
    ],
)
def test_the_fitting_agent_takes_it_and_says_why(bead: Work, taker: Candidate) -> None:
    found = match(bead, TEAM, TEAM)
    assert found is not None
    assert found.agent == taker
    assert found.why


@pytest.mark.parametrize(
    "bead", [work(tags=("role:qa-engineer",)), work(assigned_to="agent-2"), work(title="QA engineer: taste it")]
)
def test_a_bead_for_somebody_busy_waits(bead: Work) -> None:
    assert match(bead, [ENGINEER, KEEPER], TEAM) is None


def test_a_bead_for_a_person_is_given_to_no_agent() -> None:
    bead = Work("kit-1", "task", "Weigh the flour", (), "ann", for_person=True)
    assert match(bead, TEAM, TEAM) is None


def test_the_ceo_takes_nothing_from_the_queue() -> None:
    assert match(work(), [CEO], TEAM) is None
    assert match(work(tags=("role:ceo",)), TEAM, TEAM) is not None


def test_nobody_idle_means_nobody() -> None:
    assert match(work(), [], TEAM) is None
