"""Work that sets itself going, with everything killed on its way and Loom stopped and started again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.faults.conftest import LIMITS, PROJECT, Kitchen, furnished
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.support.workshop import acts, done
from tests.webhooks.payloads import CLONE, headers, issues

pytestmark = pytest.mark.faults
SHOP = "shop"
NIGHT = "12s"
"""How long a night is here."""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    """A Loom of one's own, which may be stopped; what it looks at by the clock, it looks at every two seconds."""
    folder = tmp_path_factory.mktemp("night")
    with ProviderProcess() as model:
        own = {
            "LOOM_PROVIDER__URL": model.url,
            "LOOM_PROVIDER__MODEL": "test-model",
            "LOOM_MOTIVATIONS__TICK_SECONDS": "2",
        }
        with System(folder / "data", {**LIMITS, **own}) as system:
            yield furnished(system, model, folder)


def test_a_nightly_check_a_milestone_and_an_issue_come_about_once(night: Kitchen) -> None:
    """An agent schedules its own nightly check, a milestone three days off wakes QA, an issue becomes one bead."""
    secret = _shop(night)
    asked = night.bead("Mind the nights", {"reply": _block()}, acts(done()))
    night.desk.until_bead(asked)
    (schedule,) = night.desk.get("/temporal/schedules")["schedules"]
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    milestone = night.desk.post(
        f"/projects/{PROJECT}/milestones", {"name": "Bread fair", "type": "release", "due_date": due}
    )
    body = json.dumps(issues()).encode()
    _deliver(night, body, secret, "d-1")
    for process in ("worker", "temporal", "web"):
        night.system.kill(process)
    until(night.system.answers, 60, what="pages are served again")
    _deliver(night, body, secret, "d-1")
    _deliver(night, body, secret, "d-2")

    swept = night.desk.until_true(lambda: _fired(night), 90, lambda: str(night.desk.get("/motivations/history")))
    qa = next(agent for agent in night.desk.get("/agents") if agent["role"] == "qa-engineer")
    assert [(one["agent_woken"], milestone["id"] in one["cause"]) for one in swept] == [(qa["id"], True)]
    bead = night.desk.get(f"/beads/{swept[0]['bead_created']}")
    assert ("role:qa-engineer" in bead["tags"], "Bread fair" in bead["title"]) == (True, True)

    night.system.stop()
    night.system.start()
    night.desk = Desk(night.system.client())
    checks = night.desk.until_true(lambda: _checks(night, schedule["id"]), 90, lambda: str(schedule))
    night.desk.http.delete(f"/api/v1/temporal/schedules/{schedule['id']}")
    assert checks[0]["assigned_to"] == schedule["agent_id"], "the check is its own"

    triaged = night.desk.until_true(
        lambda: _beads(night, SHOP), 60, lambda: str(night.desk.get("/webhooks/deliveries"))
    )
    assert [(one["type"], one["priority"]) for one in triaged] == [("bug", 1)]
    until(lambda: all(one["status"] == "done" for one in night.desk.get("/webhooks/deliveries")), 60)
    assert len(_beads(night, SHOP)) == 1
    assert len(_fired(night)) == 1, "one bead for the milestone, however often it was looked at"


def _block() -> str:
    lines = ("SCHEDULE: nightly", "TYPE: NightlyCheck", f"INTERVAL: {NIGHT}", 'INPUT: {"focus": "crumbs"}', "END")
    return "\n".join(("I look every night.", "<temporal>", *lines, "</temporal>"))


def _shop(night: Kitchen) -> str:
    """A project whose issues are on GitHub, and the secret they are signed with."""
    night.desk.post("/projects", {"id": SHOP, "name": "Shop", "git_repo": CLONE, "bead_prefix": "sho"})
    return str(night.desk.post(f"/projects/{SHOP}/webhook-secrets")["secret"])


def _deliver(night: Kitchen, body: bytes, secret: str, delivery: str) -> None:
    answer = night.desk.http.post(
        "/api/v1/webhooks/github", content=body, headers=headers("issues", body, secret, delivery)
    )
    assert answer.status_code == 202, answer.text


def _beads(night: Kitchen, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = night.desk.get("/beads", project_id=project_id, limit=200)
    return found


def _fired(night: Kitchen) -> list[dict[str, Any]]:
    found = night.desk.get("/motivations/history", project_id=PROJECT, limit=200)
    return [one for one in found["history"] if one["bead_created"] and "QA Sweep" in one["motivation_name"]]


def _checks(night: Kitchen, schedule_id: str) -> list[dict[str, Any]]:
    """The beads that the schedule filed."""
    fired = night.desk.get("/events", type="temporal.fired", limit=1000)["events"]
    ids = {
        one["data"]["bead_id"] for one in fired if one["data"]["schedule_id"] == schedule_id and one["data"]["filed"]
    }
    return [bead for bead in _beads(night, PROJECT) if bead["id"] in ids]
