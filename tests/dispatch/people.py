"""A kitchen's team, as dispatch sees it."""

from typing import Any

from loom_app.dispatch.matching import Match, match
from loom_app.dispatch.scoring import Member, Work

ENGINEER = Member("agent-1", "Engineering Manager", "engineering-manager")
TESTER = Member("agent-2", "QA Engineer", "qa-engineer")
KEEPER = Member("agent-3", "Housekeeping Bot", "housekeeping-bot")
CEO = Member("agent-4", "CEO", "ceo")
TEAM = [TESTER, ENGINEER, KEEPER, CEO]


def work(type_: str = "task", title: str = "Weigh the flour", **more: Any) -> Work:
    """A bead of that type and title."""
    return Work("kit-1", type_, title, **more)


def taken(bead: Work, team: list[Member] | None = None) -> Match:
    """Who takes it; somebody must."""
    found = match(bead, TEAM if team is None else team)
    assert found is not None
    return found
