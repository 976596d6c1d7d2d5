"""Replies that are no good: each ends with the bead back in the queue, the reason on it, and no bead made of it."""

from typing import Any

import pytest

from loom_app.beads.models import BeadStatus
from loom_app.config import Dispatch, Runs
from loom_app.runs.models import RunStatus, TerminalReason
from tests.support.git_repository import shown, subjects
from tests.support.workshop import Workshop, acts, done, write

LOOK = {"type": "read_tree", "path": "."}


async def test_a_reply_that_is_no_json_twice_ends_the_run(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, {"reply": '{"actions": [{"type": "write_file"'}, {"reply": '{"actions": [{]]'})
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
    assert (run.status, run.terminal_reason) == (RunStatus.FAILED, TerminalReason.PARSE_FAILURES)
    bead = await workshop.read(bead_id)
    assert bead.status == BeadStatus.OPEN
    assert "could not be read 2 times in a row" in bead.status_reason
    assert bead.not_before is not None
    assert (await workshop.agent(agent_id)).status == "idle"
    told = await workshop.detail(run.id)
    assert [bool(turn["fault"]) for turn in told["turns"]] == [True, True]
    assert "Nothing of your reply was run" in told["turns"][1]["prompt"]
    assert len((await workshop.http.get("/api/v1/beads")).json()) == 1
    shown_bead = (await workshop.http.get(f"/api/v1/beads/{bead_id}")).json()
    assert shown_bead["status"] == "open"
    assert "could not be read" in shown_bead["status_reason"]


async def test_actions_that_are_wrong_four_times_end_the_run_and_say_so(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, *[{"reply": f'{{"actions": [{{"type": "bake{n}"}}]}}'} for n in range(4)])
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
    assert (run.status, run.terminal_reason) == (RunStatus.FAILED, TerminalReason.VALIDATION_FAILURES)
    bead = await workshop.read(bead_id)
    assert "4 times in a row" in bead.status_reason
    assert "bake3" in bead.status_reason


async def test_one_bad_reply_is_mended(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    good = acts(write("flour.txt", "450 g\n"), done())
    await workshop.say(bead_id, {"reply": '{"actions": [{"type": '}, good)
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    assert shown(workshop.origin, "flour.txt") == "450 g\n"


@pytest.mark.parametrize("reply", ["I have looked at it and all is well.", ""], ids=["prose", "nothing"])
async def test_words_without_an_action_end_the_run(workshop: Workshop, reply: str) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, *[{"reply": reply, "times": 0}])
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
    assert run.status == RunStatus.FAILED
    bead = await workshop.read(bead_id)
    assert (bead.status, bool(bead.status_reason)) == (BeadStatus.OPEN, True)


async def test_the_same_answer_again_and_again_is_warned_of_and_then_ended(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, {**acts(LOOK), "times": 0})
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id, seconds=60)
    assert (run.terminal_reason, run.turn_count) == (TerminalReason.REPEATED, 10)
    told = await workshop.detail(run.id)
    circles = ("## You go in circles", "## Stop and think")
    assert [turn["number"] for turn in told["turns"] if turn["prompt"].startswith(circles)] == [6, 7, 8, 9, 10]


async def test_a_run_that_uses_up_its_turns_goes_back_and_after_enough_of_them_to_a_person(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, *(acts(LOOK, notes=f"look {number}") for number in range(6)))
    short = {"runs": Runs(max_turns=3), "dispatch": Dispatch(retry_seconds=0, max_hops=2)}
    async with workshop.run_worker(workshop.settings.model_copy(update=short)):
        first, second = await workshop.until_ended(bead_id, 2)
        bead = await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
    assert first.terminal_reason == second.terminal_reason == TerminalReason.MAX_TURNS
    assert bead.hops == 2
    (decision,) = (await workshop.http.get("/api/v1/decisions", params={"bead_id": bead_id})).json()
    assert decision["kind"] == "escalation"
    assert "given to agents 2 times" in decision["question"]
    told = await workshop.detail(second.id)
    assert "It took all of its 3 turns" in told["turns"][0]["prompt"]


@pytest.mark.parametrize("kind", ["llamacpp", "openai", "vllm"])
async def test_a_conversation_too_long_for_the_model_is_shortened(workshop: Workshop, kind: str) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    steps: list[dict[str, Any]] = [acts(LOOK, notes=str(number)) for number in range(3)]
    await workshop.say(bead_id, *steps, {"context_overflow": kind}, acts(write("flour.txt", "450 g\n"), done()))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    (run,) = await workshop.runs(bead_id)
    told = await workshop.detail(run.id)
    assert [bool(turn["dropped_turns"]) for turn in told["turns"]] == [False, False, False, True]
    newest = told["turns"][-1]
    assert 0 < newest["prompt_estimate"] < newest["prompt_limit"]
    refused, asked = (entry["messages"] for entry in workshop.model.log()[-2:])
    assert "were left out to fit your context" in asked[1]["content"]
    assert len(asked) < len(refused)
    assert asked[-1]["content"].endswith(refused[-1]["content"])


async def test_a_conversation_that_never_fits_ends_the_run_with_the_reason(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, {"context_overflow": "openai", "times": 0})
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
    assert run.terminal_reason == TerminalReason.PROVIDER_ERROR
    assert "longer than the model's context" in (await workshop.read(bead_id)).status_reason


async def test_two_agents_who_change_the_same_line_both_land(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer", "engineering-manager")
    less = await workshop.bead("Less flour")
    more = await workshop.bead("More water")
    await workshop.say(less, acts(LOOK), {**acts(write("flour.txt", "450 g\n"), done("less")), "delay": 0.5})
    await workshop.say(
        more,
        acts(LOOK),
        {**acts(write("flour.txt", "500 g, 350 ml\n"), done("more")), "delay": 2.0},
        acts({"type": "read_file", "path": "flour.txt"}),
        acts(write("flour.txt", "450 g, 350 ml\n"), done("both")),
    )
    async with workshop.run_worker():
        await workshop.until_bead(less)
        await workshop.until_bead(more)
    assert subjects(workshop.origin)[1:] == ["Less flour", "More water"]
    assert shown(workshop.origin, "flour.txt") == "450 g, 350 ml\n"
    (run,) = await workshop.runs(more)
    told = await workshop.detail(run.id)
    assert "Other work landed meanwhile" in told["turns"][2]["prompt"]
    assert "<<<<<<<" in told["turns"][3]["prompt"]
