"""Ten thousand deliveries of GitHub's webhook within a minute, a tenth of them repeats, on the real program."""

import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from loom_app.webhooks import triage
from tests.bench.table import Figure, percentile
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.webhooks import payloads

DELIVERIES, SECONDS = 10_000, 60.0
REPEATED = 10
"""Every tenth delivery is the one before it once more."""
WORKED_OFF_SECONDS = 600.0
SENDERS = 40


def scene() -> list[Figure]:
    """Deliveries lost, beads too many, how soon an answer comes, and how long the work on them takes after that."""
    with tempfile.TemporaryDirectory() as folder, System(Path(folder) / "data") as system:
        desk = Desk(system.client())
        desk.post("/projects", {"id": "shop", "name": "Shop", "git_repo": payloads.CLONE})
        secret = desk.post("/projects/shop/webhook-secrets")["secret"]
        numbers = [number - 1 if number % REPEATED == 0 else number for number in range(1, DELIVERIES + 1)]
        took, answers, seconds = asyncio.run(_sent(system.url, secret, numbers))
        begun = time.monotonic()
        until(lambda: not _waiting(desk), WORKED_OFF_SECONDS, what="every delivery is worked off")
        causes = len(set(numbers))
        return [
            Figure("webhook_answers_that_are_no_202", DELIVERIES - answers[202], "answers", 0),
            Figure("webhook_answer_p95", percentile(took, 0.95), "ms", 200),
            Figure("webhook_deliveries_sent_within", seconds, "s", SECONDS * 1.05),
            Figure("webhook_beads_lost_or_doubled", abs(_beads(desk) - causes), "beads", 0),
            Figure("webhook_worked_off_after", time.monotonic() - begun, "s", SECONDS),
        ]


async def _sent(url: str, secret: str, numbers: list[int]) -> tuple[list[float], Counter[int], float]:
    """Milliseconds each answer took and their codes, one delivery begun every few milliseconds; seconds in all."""
    took, answers = list[float](), Counter[int]()
    limits = httpx.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
    begun = time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:

        async def deliver(number: int) -> None:
            body = json.dumps(payloads.issues(number=number, title=f"Issue {number}")).encode()
            headers = payloads.headers("issues", body, secret, f"delivery-{number}")
            at = time.perf_counter()
            answer = await http.post(payloads.ADDRESS, content=body, headers=headers)
            took.append((time.perf_counter() - at) * 1_000)
            answers[answer.status_code] += 1

        async with asyncio.TaskGroup() as sending:
            for place, number in enumerate(numbers):
                await asyncio.sleep(max(0.0, begun + place * SECONDS / len(numbers) - time.perf_counter()))
                sending.create_task(deliver(number))
    return took, answers, time.perf_counter() - begun


def _waiting(desk: Desk) -> int:
    return int(desk.get("/webhooks/status")["deliveries"].get("waiting", 0))


def _beads(desk: Desk) -> int:
    """Those that came from GitHub; Loom makes one of its own in a project that is not ready."""
    answer = desk.http.get("/api/v1/beads", params={"project_id": "shop", "tag": triage.TAG, "limit": 1})
    return int(answer.headers["X-Total-Count"])
