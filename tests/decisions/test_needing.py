"""A bead that is blocked because it needs a person becomes a question to people, once."""

import pytest

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.decisions import needing, service
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from tests.support import rows


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Needs a person: the key of the cellar", True),
        ("This requires human attention", True),
        ("It needs somebody to taste it", True),
        ("Waits for a person's answer (bd-dec-1): Salt?", False),
        ("Personnel is busy", False),
        ("", False),
    ],
)
def test_which_reasons_ask(reason: str, expected: bool) -> None:
    assert needing.needs_a_person(reason) == expected


async def test_it_is_asked_once_and_goes_on_when_answered(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status="open")
    async with db.write() as tx:
        reason = "Needs a person: the key of the cellar."
        await beads.set_status(tx, "kitchen-1", BeadStatus.BLOCKED, actor=SYSTEM, reason=reason)
        asked = await needing.ask_about(tx, "kitchen-1", "agent-1")
        assert asked
        assert (asked.kind, asked.question, asked.requester_id) == ("blocked", reason, "agent-1")
        assert await needing.ask_about(tx, "kitchen-1", "agent-1") is None
        await service.decide(tx, asked.id, decider=SYSTEM, decision="Under the mat.")
        assert (await beads.get(tx, "kitchen-1")).status == "open"
        assert await needing.ask_about(tx, "kitchen-1", "agent-1") is None
        assert await needing.ask_about(tx, "kitchen-9", "agent-1") is None
