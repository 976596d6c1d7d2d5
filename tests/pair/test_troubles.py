"""What goes wrong while a person talks with an agent: nothing that was told is lost, and the money is settled."""

import asyncio
from typing import Any

from httpx import AsyncClient
from sqlalchemy import select, update
from sqlmodel import col

from loom_app.beads.models import Lease
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.clock import ahead
from loom_app.ledger.models import Call, CallStatus
from loom_app.pair import answering
from loom_app.projects.models import Project
from loom_app.runs.models import Run, RunStatus, Turn
from loom_app.runs.resting import CUT_OFF
from tests.pair.stage import Kitchen, acting, names, text_of
from tests.support import git_repository, people
from tests.support.workshop import PROJECT, until, write

LONG = {"reply": "word " * 200, "piece": 5, "piece_delay": 0.05}


async def begun(
    kitchen: Kitchen, step: dict[str, Any] = LONG, http: AsyncClient | None = None
) -> tuple["asyncio.Task[list[Any]]", str]:
    """An answer of which the beginning was told; the session."""
    kitchen.script(step)
    task = asyncio.create_task(kitchen.say(http=http))

    async def told() -> str | None:
        talk = await kitchen.view(http)
        return talk["session_id"] if talk["messages"] and talk["messages"][-1]["text"].startswith("word") else None

    return task, await until(told, 20)


async def calls(kitchen: Kitchen) -> list[Call]:
    """What the ledger has of talks."""
    async with kitchen.db.read() as tx:
        return list((await tx.execute(select(Call).where(col(Call.purpose) == "pair"))).scalars())


async def test_a_person_stops_an_answer_at_once_and_pays_for_what_came(kitchen: Kitchen) -> None:
    task, session = await begun(kitchen)
    busy = await kitchen.post("Hurry up.")
    assert (busy.status_code, busy.json()["code"]) == (409, "pair_busy")
    stopped = await kitchen.http.post(f"/api/v1/pair/{session}/stop")
    assert stopped.json()["status"] == "waiting"
    events = await task
    assert names(events)[-1] == "done"
    assert events[-1][1]["remark"] == answering.STOPPED
    (call,) = await calls(kitchen)
    assert (call.status, call.estimated) == (CallStatus.SETTLED, True)
    assert call.cost_micros == events[-1][1]["cost_micros"] > 0
    talk = await kitchen.view()
    assert talk["messages"][-1]["text"] == text_of(events) != ""
    assert kitchen.model.wait_for(2, settled=True)[-1]["outcome"] == "client_left"
    none = await kitchen.http.post(f"/api/v1/pair/{session}/stop")
    assert (none.status_code, none.json()["code"]) == (409, "nothing_on")
    kitchen.script({"reply": "Short, then."})
    assert text_of(await kitchen.say("Say it in short.")) == "Short, then."


async def test_a_run_s_own_stop_ends_an_answer_too_and_nothing_else_steers_it(kitchen: Kitchen) -> None:
    task, session = await begun(kitchen)
    for wish in ("pause", "take-over", "resume"):
        refused = await kitchen.http.post(f"/api/v1/runs/{session}/{wish}")
        assert (refused.status_code, refused.json()["code"]) == (409, "run_paired"), wish
    assert (await kitchen.http.post(f"/api/v1/runs/{session}/cancel")).status_code == 200
    assert names(await task)[-1] == "done"
    assert not (await kitchen.run(session)).cancel_requested


async def test_what_was_told_before_loom_died_is_there_afterwards(kitchen: Kitchen) -> None:
    task, session = await begun(kitchen)
    answer = kitchen.app.state.house.on[session]
    await kitchen.app.state.house.aclose()
    assert answer.done()
    events = await task
    assert (events[-1][0], events[-1][1]["error"]) == ("error", CUT_OFF)
    talk = await kitchen.view()
    assert (talk["live"], talk["messages"][-1]["text"]) == (False, text_of(events))
    assert (await calls(kitchen))[0].status == CallStatus.SETTLED


async def test_an_answer_whose_process_is_gone_ends_with_its_lease(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "One."})
    session = (await kitchen.say())[0][1]["session_id"]
    async with kitchen.db.write() as tx:
        run = await tx.get_one(Run, session)
        run.status, run.ended_at, run.token = RunStatus.RUNNING, None, run.token + 1
        tx.add(Turn(run_id=session, number=2, prompt="And?", said="word one"))
        gone = {"holder": run.paired_with, "run_id": session, "token": run.token, "expires_at": ahead(-1)}
        await tx.execute(update(Lease).where(col(Lease.bead_id) == kitchen.bead_id).values(**gone))
    kitchen.script({"reply": "Two."})
    assert text_of(await kitchen.say("Go on.")) == "Two."
    said = [one["text"] for one in (await kitchen.view())["messages"]]
    assert said[-3:] == ["word one", "Go on.", "Two."]
    heard = [one["content"] for one in kitchen.model.log()[-1]["messages"] if one["role"] == "assistant"]
    assert heard == ["One.", "word one"]


async def test_a_stream_that_the_provider_cuts_keeps_what_came_and_is_not_asked_twice(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "half an answer and more", "piece": 5, "cut_after": 2})
    events = await kitchen.say()
    assert events[-1][0] == "error"
    assert "in the middle of its answer" in events[-1][1]["error"]
    assert text_of(events) != ""
    assert (await kitchen.view())["messages"][-1]["text"] == text_of(events)
    (call,) = await calls(kitchen)
    assert (call.status, call.estimated) == (CallStatus.SETTLED, True)


async def test_a_provider_that_stays_away_is_an_error_and_the_same_message_again_is_not_said_twice(
    kitchen: Kitchen,
) -> None:
    kitchen.script({"status": 400, "body": "no"})
    events = await kitchen.say()
    assert names(events) == ["connected", "error"]
    kitchen.script({"reply": "Flour."})
    assert text_of(await kitchen.say()) == "Flour."
    said = [(one["role"], one["text"]) for one in (await kitchen.view())["messages"]]
    assert said == [("person", "What is in it?"), ("agent", "Flour.")]


async def test_a_budget_of_the_person_ends_an_answer_in_the_middle_and_holds(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "Flour."})
    await kitchen.say()
    (first,) = await calls(kitchen)
    limit = (first.cost_micros or 0) + (first.reserved_micros or 0) + 12_000
    wanted = {"scope": "user", "scope_id": first.user_id, "window": "daily", "limit_micros": limit}
    made = await kitchen.http.post("/api/v1/budgets", json=wanted)
    assert made.status_code == 201, made.text
    kitchen.script(acting({"type": "read_file", "path": "flour.txt"}, text="word " * 1_200), {"reply": "Never said."})
    events = await kitchen.say("And what else?")
    assert names(events) == ["connected", "chunk", "actions", "error"]
    assert "the daily budget of the user" in events[-1][1]["error"]
    assert sum(call.cost_micros or 0 for call in await calls(kitchen)) <= limit
    assert kitchen.model.waiting() == 1
    assert names(await kitchen.say("Go on.")) == ["connected", "error"]


async def test_replies_that_cannot_be_read_end_an_answer_and_a_model_that_never_ends_is_stopped(
    kitchen: Kitchen,
) -> None:
    broken = {"reply": 'Now:\n```actions\n{"actions": [{"type": "read_file"\n```\n'}
    kitchen.script(broken, broken)
    events = await kitchen.say()
    assert "could not be read" in events[-1][1]["error"]
    kitchen.script({**acting({"type": "read_file", "path": "flour.txt"}), "times": answering.MOST_ROUNDS})
    events = await kitchen.say("Look again and again.")
    assert f"{answering.MOST_ROUNDS} rounds" in events[-1][1]["error"]
    kitchen.script({"reply": "It says 500 g."})
    assert text_of(await kitchen.say("Well?")) == "It says 500 g."
    *_, untold, _, last = [message["content"] for message in kitchen.model.log()[-1]["messages"]]
    assert "### read_file" in untold
    assert last.endswith("Well?")


async def test_a_listener_who_leaves_misses_nothing(kitchen: Kitchen) -> None:
    task, session = await begun(kitchen, {"reply": "word " * 20, "piece": 5, "piece_delay": 0.02})
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async def over() -> bool:
        return not (await kitchen.view())["live"]

    await until(over, 20)
    assert (await kitchen.view())["messages"][-1]["text"] == "word " * 20
    assert [call.status for call in await calls(kitchen)] == [CallStatus.SETTLED]
    assert session not in kitchen.app.state.house.on


async def test_changes_made_before_a_stop_are_kept(kitchen: Kitchen) -> None:
    kitchen.script(acting(write("flour.txt", "450 g\n")), LONG)
    task = asyncio.create_task(kitchen.say("Take less."))

    async def goes_on() -> str | None:
        talk = await kitchen.view()
        return talk["session_id"] if talk["messages"] and talk["messages"][-1]["text"].startswith("word") else None

    session = await until(goes_on, 20)
    await kitchen.http.post(f"/api/v1/pair/{session}/stop")
    await task
    assert "+450 g" in (await kitchen.run(session)).diff
    assert (await kitchen.view())["has_changes"]


async def test_who_is_shut_out_in_the_middle_of_an_answer_hears_and_changes_no_more(kitchen: Kitchen) -> None:
    member = f"/api/v1/projects/{PROJECT}/members"
    async with people.signed_in(kitchen.app, "user", "cook", sees=[PROJECT]) as cook:
        task, session = await begun(kitchen, http=cook)
        assert (await kitchen.http.delete(f"{member}/cook")).status_code == 204
        events = await task
        assert (events[-1][0], events[-1][1]["remark"]) == ("done", answering.SHUT_OUT)
        assert kitchen.model.wait_for(2, settled=True)[-1]["outcome"] == "client_left"
        assert [call.status for call in await calls(kitchen)] == [CallStatus.SETTLED]
        assert (await kitchen.post(http=cook)).status_code == 404
        assert (await kitchen.http.put(f"{member}/cook", json={"role": "member"})).status_code in (200, 201)
        kitchen.script(acting(write("flour.txt", "1 g\n"), {"type": "run_command", "command": "sleep 4; touch late"}))
        task = asyncio.create_task(kitchen.say("Take less.", cook))
        file = kitchen.settings.data_dir / "worktrees" / session / "flour.txt"

        async def changed() -> bool:
            return file.exists() and file.read_text() == "1 g\n"

        await until(changed, 20)
        user = (await cook.get("/api/v1/auth/me")).json()["id"]
        assert (await kitchen.http.patch(f"/api/v1/auth/users/{user}", json={"role": "viewer"})).status_code == 200
        assert (await task)[-1][1]["remark"] == answering.SHUT_OUT
    async with kitchen.db.read() as tx:
        checkout = checkout_of(kitchen.db, await tx.get_one(Project, PROJECT))
    assert git_repository.git(checkout.folder, "log", "--all", "--format=%s").splitlines() == ["The recipe so far"]
    assert ((await kitchen.run(session)).commit_hash, file.exists()) == ("", False)


async def test_a_key_that_is_revoked_ends_the_answer_it_asked_for(kitchen: Kitchen) -> None:
    wanted = {"name": "pairing", "permissions": ["repl:use", "beads:read"]}
    key = (await kitchen.http.post("/api/v1/auth/api-keys", json=wanted)).json()
    async with people.browser(kitchen.app, **{"X-API-Key": key["key"]}) as robot:
        task, _ = await begun(kitchen, http=robot)
        assert (await kitchen.http.delete(f"/api/v1/auth/api-keys/{key['id']}")).status_code == 204
        assert (await task)[-1][1]["remark"] == answering.SHUT_OUT
