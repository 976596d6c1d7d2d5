"""Decisions: how soon work goes on after an answer, and an inbox of a thousand."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from playwright.sync_api import sync_playwright

from tests.bench.scenes import CHROMIUM, moment, sign_in, workshop
from tests.bench.table import Figure, percentile
from tests.support.system import Desk, System
from tests.support.waiting import until

ANSWERS = 30
WAITING = 1_000
LOOKS = 20
RISKS = ("low", "medium", "high", "critical")


def scene() -> list[Figure]:
    """Both figures on one running Loom."""
    with workshop() as (system, desk):
        resumed = [_resumed_after(desk, number) for number in range(ANSWERS)]
        _ask_many(desk)
        answers = [_asked(desk) for _ in range(LOOKS)]
        return [
            Figure("decision_answered_to_work_resumed_p95", percentile(resumed, 0.95), "ms", 1_000),
            Figure("inbox_of_1000_answer_p95", percentile(answers, 0.95), "ms", 300),
            Figure("inbox_of_1000_first_paint_median", _painted(system), "ms", 1_500),
        ]


def _resumed_after(desk: Desk, number: int) -> float:
    """From the event of the answer to the event that the bead which waited for it is claimed, in ms."""
    bead_id = desk.bead("bench", f"Wait {number}", defer_until="2099-01-01T00:00:00Z")
    asked = desk.post("/decisions", {"bead_id": bead_id, "kind": "approval", "question": "May I?"})
    desk.http.patch(f"/api/v1/beads/{bead_id}", json={"defer_until": None})
    until(lambda: not desk.get("/runs", live=True), 30, what="nobody works")
    desk.post(f"/decisions/{asked['id']}/decide", {"decision": "approve", "rationale": "Yes."})
    desk.until_bead(bead_id)
    (answered,) = desk.get("/events", subject_id=asked["id"], type="decision.resolved")["events"]
    claimed = desk.get("/events", subject_id=bead_id, type="run.claimed")["events"]
    return (moment(claimed[-1]["timestamp"]) - moment(answered["timestamp"])) * 1_000


def _ask_many(desk: Desk) -> None:
    def ask(number: int) -> None:
        due = (datetime.now(UTC) + timedelta(hours=1 + number % 200)).isoformat()
        question = f"Question {number}: " + "may this be done so? " * 10
        given = {"project_id": "bench", "question": question, "risk": RISKS[number % 4], "deadline": due}
        desk.post("/decisions", given)

    with ThreadPoolExecutor(4) as several:
        list(several.map(ask, range(WAITING)))


def _asked(desk: Desk) -> float:
    begun = time.perf_counter()
    answer = desk.http.get("/api/v1/decisions/inbox", params={"limit": 200})
    took = (time.perf_counter() - begun) * 1_000
    assert answer.json()["total"] == WAITING
    return took


def _painted(system: System) -> float:
    """From the address to the first rows and the first decision in full."""
    with sync_playwright() as play, play.chromium.launch(**CHROMIUM) as browser:  # type: ignore[arg-type]
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        sign_in(context, system)
        waits = []
        for _ in range(5):
            page = context.new_page()
            begun = time.perf_counter()
            page.goto(f"{system.url}/decisions")
            page.wait_for_selector("[data-decision]")
            waits.append((time.perf_counter() - begun) * 1_000)
            page.close()
    return sorted(waits)[2]
