"""What a turn's prompt is made of: what is stored of the run, within what its model takes."""

from pathlib import Path
from typing import Any

import pytest

from loom_app.config import Runs, Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider
from loom_app.runs import conversations, repository
from loom_app.runs.acting import act
from loom_app.runs.models import TerminalReason
from loom_app.runs.service import end_run
from loom_app.runs.talk import Conversation, Limits, after_overflow, conversation_of, limits_of
from tests.runs.stage import Stage, set_up

BIG = "flour 450 g\n" * 500


def provider(window: int | None = None, model: str = "test-model") -> Provider:
    return Provider(id="model", name="m", endpoint="http://m", model=model, context_window=window)


@pytest.mark.parametrize(
    ("window", "model", "prompt", "answer"),
    [
        (None, "test-model", 95_904, 4_096),
        (1_000_000, "test-model", 95_904, 4_096),
        (32_768, "test-model", 28_672, 4_096),
        (8_192, "test-model", 6_144, 2_048),
        (None, "some-model-16k", 12_288, 4_096),
        (1, "test-model", 0, 16),
    ],
)
def test_prompt_and_answer_share_what_the_settings_and_the_model_allow(
    window: int | None, model: str, prompt: int, answer: int
) -> None:
    assert limits_of(Runs(), provider(window, model)) == Limits(prompt, answer)


def overflow(**told: Any) -> ProviderError:
    return ProviderError("It is too long.", kind="context_overflow", **told)


def test_an_overflow_is_answered_by_sending_less_each_time_until_nothing_is_left() -> None:
    assert after_overflow(overflow(), 100_000, 4_096) == 70_000
    assert after_overflow(overflow(context_tokens=8_192, prompt_tokens=16_384), 100_000, 4_096) == 35_624
    assert after_overflow(overflow(context_tokens=4_096, prompt_tokens=900_000), 100_000, 4_096) == 25_000
    sent = 100_000
    for _ in range(10):
        sent = after_overflow(overflow(), sent, 4_096)
    with pytest.raises(ProviderError, match="too long"):
        after_overflow(overflow(), sent, 4_096)
    with pytest.raises(ProviderError, match="away"):
        after_overflow(ProviderError("It is away.", kind="unreachable"), 100_000, 4_096)


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run in its worktree that wrote a large file and then read it five times."""
    stage = await set_up(db, settings, tmp_path)
    await act(
        db, settings, stage.run_id, await stage.reply({"type": "write_file", "path": "flour.txt", "content": BIG})
    )
    for number in range(5):
        look = await stage.reply(
            {"type": "read_file", "path": "flour.txt"}, {"type": "read_tree", "max_depth": number + 1}
        )
        await act(db, settings, stage.run_id, look)
    return stage


async def said(stage: Stage, number: int, window: int | None = None) -> Conversation:
    async with stage.db.read() as tx:
        found = await conversation_of(tx, stage.run_id, number, stage.settings.runs, provider(window))
    assert found is not None
    return found


async def test_a_run_is_told_whole_while_it_fits(stage: Stage) -> None:
    whole = await said(stage, 7)
    sent = whole.fitted(whole.most)
    assert (sent.condensed, sent.shortened, len(sent.messages)) == (0, 0, 14)
    assert sum(BIG.replace("\n", "\\n") in message["content"] for message in sent.messages) == 1
    assert sum(message["content"].count(BIG) for message in sent.messages) == 5


async def test_it_is_condensed_to_fit_and_goes_on_from_there(stage: Stage) -> None:
    first = await said(stage, 7)
    sent = first.fitted(20_000)
    assert sent.size <= 20_000
    assert sum(message["content"].count(BIG) for message in sent.messages) <= 2
    async with stage.db.write() as tx:
        turn = await repository.turn(tx, stage.run_id, 7)
        assert turn is not None
        turn.context, turn.dropped_turns = first.record(sent, 20_000), sent.condensed
        turn.tokens_input = 10_000
    await act(stage.db, stage.settings, stage.run_id, await stage.reply({"type": "read_file", "path": "flour.txt"}))
    async with stage.db.read() as tx:
        assert await conversation_of(tx, stage.run_id, 7, stage.settings.runs, provider()) is None
    then = await said(stage, 8)
    assert (then.marks, then.learned, then.most) == (sent.marks, 20_000, 20_000)
    assert then.ratio == pytest.approx(10_000 * 4 / sent.size)
    assert all(not step.told for step in then.talk.steps[: sent.condensed])
    assert then.fitted(then.most).size <= 20_000


async def test_what_the_model_has_done_so_far_is_told_without_reading_its_results_again(stage: Stage) -> None:
    newest = (await said(stage, 7)).talk.steps[-1].told
    assert "Read: `flour.txt`\nChanged: `flour.txt`" in newest


async def test_a_conversation_that_is_deleted_leaves_no_gist(stage: Stage) -> None:
    await end_run(stage.db, stage.settings, stage.run_id, TerminalReason.CANCELLED, "Enough.")
    async with stage.db.write() as tx:
        await conversations.delete(tx, stage.run_id, actor=SYSTEM)
    async with stage.db.read() as tx:
        assert [row.gist for row in await repository.gists(tx, stage.run_id, 7)] == [{}] * 7
