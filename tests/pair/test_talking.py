"""A person talks with an agent about a bead: what is streamed, kept, done for them, and what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.pair.stage import Kitchen, acting, names, open_kitchen, text_of
from tests.support.git_repository import git
from tests.support.provider_process import ProviderProcess
from tests.support.workshop import write

READ = {"type": "read_file", "path": "flour.txt"}


@pytest.fixture
async def kitchen(
    tmp_path: Path, db: Database, settings: Settings, vault: Vault, provider_process: ProviderProcess
) -> AsyncIterator[Kitchen]:
    """A kitchen of the test's own."""
    async with open_kitchen(tmp_path, db, settings, vault, provider_process) as opened:
        yield opened


async def test_an_answer_is_streamed_kept_and_paid_for_by_whoever_asked(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "There is **flour** in it.", "piece": 5})
    events = await kitchen.say()
    assert names(events) == ["connected", "chunk", "done"]
    assert text_of(events) == "There is **flour** in it."
    assert (events[0][1]["agent_name"], events[0][1]["message_count"]) == ("Qa-Engineer", 1)
    done = events[-1][1]
    assert done["tokens_used"] > 0
    assert done["cost_micros"] > 0
    talk = await kitchen.view()
    assert [(said["role"], said["text"]) for said in talk["messages"]] == [
        ("person", "What is in it?"), ("agent", "There is **flour** in it."),
    ]  # fmt: skip
    assert (talk["live"], talk["has_changes"], talk["cost_micros"]) == (False, False, done["cost_micros"])
    assert (await kitchen.bead()).status == BeadStatus.OPEN
    said = (await kitchen.http.get(f"/api/v1/beads/{kitchen.bead_id}/conversation")).json()
    assert [message["role"] for message in said["messages"]] == ["system", "user", "assistant"]


async def test_what_the_agent_changes_is_on_the_bead_s_branch_for_the_person(kitchen: Kitchen) -> None:
    kitchen.script(
        acting(READ), acting(write("flour.txt", "450 g\n"), text="Less it is."), {"reply": "It is 450 g now."}
    )
    events = await kitchen.say("Take less flour.")
    assert names(events) == ["connected", "chunk", "actions", "chunk", "actions", "chunk", "done"]
    wrote = [data for name, data, _ in events if name == "actions"][1]
    assert wrote["actions"][0]["type"] == "write_file"
    assert wrote["results"][0]["status"] == "executed"
    assert "-500 g\n+450 g" in wrote["diff"]
    talk = await kitchen.view()
    bead = await kitchen.bead()
    assert (bead.status, talk["has_changes"]) == (BeadStatus.IN_PROGRESS, True)
    checkout = kitchen.settings.data_dir / "projects" / "kitchen"
    run = await kitchen.run(talk["session_id"])
    assert "-500 g\n+450 g" in run.diff
    kitchen.script({"reply": "You are welcome."})
    assert (await kitchen.say("Thanks."))[0][1]["session_id"] == talk["session_id"]
    events = [item async for item in _finish(kitchen, talk["session_id"])]
    assert names(events) == ["connected", "chunk", "actions", "done"], events
    assert (await kitchen.bead()).status == BeadStatus.DONE
    message = git(kitchen.origin, "log", "-1", "--format=%B")
    assert "On-behalf-of: ada <" in message
    del checkout


async def _finish(kitchen: Kitchen, session_id: str) -> AsyncIterator[tuple[str, object, str]]:
    from tests.pair.stage import heard

    for event in heard(await kitchen.http.post(f"/api/v1/pair/{session_id}/finish", json={"message": "Less flour"})):
        yield event
