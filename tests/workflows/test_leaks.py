"""The key of a provider is found nowhere but in the request that carries it: searched for after real work with it."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from loom_app.kernel import log
from loom_app.kernel.actor import SYSTEM
from loom_app.providers import service as providers
from loom_app.ui import provider_desk
from loom_app.ui.pages.system import rows
from tests.support.workshop import PROJECT, Workshop, acts, done, write

FAR = "2099-01-01T00:00:00Z"
KEY = "kn3ad-th3-d0ugh-0f-f1ve-l0aves"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, as the processes of Loom write it."""
    root, before, loud = logging.getLogger(), structlog.get_config(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log.configure("debug", as_json=True)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = loud
    structlog.configure(**before)


async def test_the_key_of_a_provider_leaks_nowhere(workshop: Workshop, logged: io.StringIO) -> None:
    await _replace_provider(workshop)
    await workshop.staff("qa-engineer")
    good = await workshop.bead("Less flour")
    await workshop.say(good, acts(write("flour.txt", "450 g\n")), acts(done()))
    async with workshop.run_worker():
        await workshop.until_bead(good)
        bad = await workshop.bead("More salt", defer_until=FAR)
        await workshop.say(bad, {"status": 401, "body": f"Incorrect API key provided: {KEY}"})
        assert (await workshop.http.patch(f"/api/v1/beads/{bad}", json={"defer_until": None})).status_code == 200
        (failed,) = await workshop.until_ended(bad)
    assert any(row["headers"].get("authorization") == f"Bearer {KEY}" for row in workshop.model.log())
    assert KEY not in logged.getvalue()
    assert "worker is ready" in logged.getvalue()
    assert await _in_temporal(workshop) == []
    assert _in_files(workshop.settings.data_dir) == []
    (run,) = await workshop.runs(good)
    assert await _in_answers(workshop, bead_id=good, run_id=run.id) == []
    assert await _in_answers(workshop, bead_id=bad, run_id=failed.id) == []
    assert KEY not in await _shown_on_pages(workshop)


async def _replace_provider(workshop: Workshop) -> None:
    """The workshop's model now wants a key, and a provider is registered with it as people do."""
    workshop.model.config(api_key=KEY)
    assert (await workshop.http.delete("/api/v1/providers/model")).status_code in (200, 204)
    wanted = {"id": "keyed", "endpoint": workshop.model.url, "model": "test-model", "api_key": KEY}
    answer = await workshop.http.post("/api/v1/providers", json=wanted)
    assert answer.json()["status"] == "active", answer.text
    assert KEY not in answer.text


async def _in_temporal(workshop: Workshop) -> list[str]:
    """The workflows whose history holds the key."""
    client, found, seen = await workshop.temporal(), [], 0
    async for execution in client.list_workflows():
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        seen += 1
        if KEY in str(history.events) or KEY.encode().hex() in str(history.events):
            found.append(execution.id)
    assert seen >= 4
    return found


def _in_files(folder: Path) -> list[str]:
    """The files under the data directory that hold the key: database, its journal, worktrees."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert folder / "loom.db" in files
    return [path.name for path in files if KEY.encode() in path.read_bytes()]


async def _in_answers(workshop: Workshop, **ids: str) -> list[str]:
    """The addresses of the REST interface whose answer holds the key."""
    known = {"project_id": PROJECT, "provider_id": "keyed", **ids}
    paths = (await workshop.http.get("/api/openapi.json")).json()["paths"]
    found, asked = [], 0
    for path in (path for path, methods in paths.items() if "get" in methods and not path.endswith("/stream")):
        try:
            address = path.format(**known)
        except KeyError:
            continue
        answer = await workshop.http.get(address)
        asked += answer.status_code == 200
        if KEY in answer.text or KEY in str(answer.headers):
            found.append(address)
    assert asked >= 15
    return found


async def _shown_on_pages(workshop: Workshop) -> str:
    """What the pages that show providers keep in their state."""
    async with workshop.db.read() as tx:
        row = await providers.get(tx, "keyed")
        return repr([await rows.provider_rows(tx, SYSTEM), provider_desk._edited(row), row])
