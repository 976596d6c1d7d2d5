"""What a project's readiness is, from what is known of it: plain facts in, reasons out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from loom_app.gitaccess.check import Finding
from loom_app.gitaccess.models import AuthMethod

MILD = ("new_key_not_working",)
"""What a look may find that keeps no work from being fetched and delivered."""
ADVICE = ("no_agents", "no_test_command", "branch_red")
"""What is told besides and has nothing to do with reaching the repository."""


class State(StrEnum):
    """`block`: no work is given out. `warn`: it is, though something is amiss."""

    READY = "ready"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class Reason:
    """One thing that is amiss, with the way to mend it."""

    code: str
    level: State
    message: str


@dataclass(frozen=True)
class Readiness:
    """Whether work goes on, and every reason against it, the grave ones first."""

    state: State
    reasons: tuple[Reason, ...]
    checked_at: datetime | None

    @property
    def codes(self) -> list[str]:
        """What is amiss, in machine words."""
        return [reason.code for reason in self.reasons]


@dataclass(frozen=True)
class Facts:
    """What is known of a project. `finding` is None until its repository was looked at as it is now set up."""

    finding: Finding | None
    checked_at: datetime | None
    by_ssh: bool
    method: AuthMethod
    has_tests: bool
    agents: int
    problem: str
    red: str = ""


def judged(facts: Facts, mode: Literal["warn", "block"]) -> Readiness:
    """The readiness that follows from `facts`; in mode `warn` nothing holds work back."""
    grave = State.BLOCK if mode == "block" else State.WARN
    found = [*_of_repository(facts, grave), *_of_work(facts)]
    reasons = tuple(sorted(found, key=lambda reason: reason.level != State.BLOCK))
    return Readiness(reasons[0].level if reasons else State.READY, reasons, facts.checked_at)


def _of_repository(facts: Facts, grave: State) -> Iterator[Reason]:
    finding = facts.finding
    if facts.by_ssh and facts.method == AuthMethod.NONE:
        yield Reason("no_key", grave, "The project has no SSH key yet. Make one (git-key) and add it to the host.")
    elif finding is None and grave == State.BLOCK:
        yield Reason("not_checked", grave, "The repository has not been looked at yet; that happens within a minute.")
    if finding is not None and finding.code:
        yield Reason(finding.code, State.WARN if finding.code in MILD else grave, finding.message)
    elif facts.problem:
        yield Reason("repository_problem", State.WARN, facts.problem)


def _of_work(facts: Facts) -> Iterator[Reason]:
    if not facts.agents:
        yield Reason("no_agents", State.WARN, "The project has no agents, so nobody takes its beads. Make some.")
    if not facts.has_tests:
        why = "No test command is set, so work lands without being tested. Set test_command on the project."
        yield Reason("no_test_command", State.WARN, why)
    if facts.red:
        why = "Work lands as long as it makes that no worse; file a bead to have it mended."
        yield Reason("branch_red", State.WARN, f"Tests fail on the project's branch itself: {facts.red} {why}")
