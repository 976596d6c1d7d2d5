"""In which form a run asks its model, told by what the model's provider receives."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers.models import Provider
from loom_app.runs import repository
from loom_app.runs.acting import act
from loom_app.runs.models import Turn
from loom_app.runs.think import think
from tests.runs.stage import Stage, set_up
from tests.support import rows
from tests.support.provider_process import ProviderProcess

WRITE = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}
Play = Callable[..., Awaitable[Stage]]


@pytest.fixture
def play(db: Database, settings: Settings, tmp_path: Path, provider_process: ProviderProcess, vault: Vault) -> Play:
    """Begins a run with a model of that name and plays the steps, a turn each."""

    async def played(model: str, *steps: dict[str, Any], **fields: Any) -> Stage:
        await rows.provider(db)
        async with db.write() as tx:
            row = await tx.get_one(Provider, "model")
            row.endpoint, row.model, row.private_allowed = provider_process.url, model, True
            for name, value in fields.items():
                setattr(row, name, value)
        stage = await set_up(db, settings, tmp_path)
        provider_process.script(*steps)
        for number in range(1, len(steps) + 1):
            await think(db, vault, settings, stage.run_id, number)
            await act(db, settings, stage.run_id, number)
        return stage

    return played


async def turns(stage: Stage) -> list[Turn]:
    async with stage.db.read() as tx:
        return list(await repository.turns(tx, stage.run_id))


async def test_a_small_model_is_asked_for_one_action_at_a_time(play: Play, provider_process: ProviderProcess) -> None:
    stage = await play("tiny-1b", {"reply": {"action": "write", "path": "flour.txt", "content": "450 g\n"}})
    (asked,) = provider_process.log()
    system = asked["messages"][0]["content"]
    assert ('{"action": "edit"' in system, '"actions" holds' in system) == (True, False)
    assert "action" in asked["body"]["response_format"]["json_schema"]["schema"]["properties"]
    assert [turn.format for turn in await turns(stage)] == ["simple", "simple"]
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


@pytest.mark.parametrize(
    ("chosen", "forms"), [("auto", ["envelope", "simple", "simple"]), ("envelope", ["envelope"] * 3)]
)
async def test_after_a_reply_that_cannot_be_read_the_model_is_asked_in_a_simpler_form_where_nobody_chose_one(
    play: Play, provider_process: ProviderProcess, chosen: str, forms: list[str]
) -> None:
    good = {"reply": json.dumps({"action": "write", "path": "flour.txt", "content": "450 g\n"})}
    stage = await play("house-model", {"reply": "I will weigh the flour."}, good, action_format=chosen)
    assert [turn.format for turn in await turns(stage)] == forms
    system, *_, correction = (message["content"] for message in provider_process.log()[-1]["messages"])
    simple = chosen == "auto"
    assert ('{"action": "edit"' in system, '"actions" holds' in system) == (simple, not simple)
    assert ('{"action": "read_tree"' in correction) == simple
    assert "prose" in correction
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"
