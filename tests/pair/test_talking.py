"""A person talks with an agent about a bead: what is streamed, kept, and done for them."""

from sqlalchemy import update

from loom_app.beads.models import BeadStatus
from loom_app.projects.models import Project
from tests.pair.stage import Kitchen, acting, heard, names, text_of
from tests.support.git_repository import git
from tests.support.workshop import write

READ = {"type": "read_file", "path": "flour.txt"}


async def test_an_answer_is_streamed_kept_and_paid_for_by_whoever_asked(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "There is **flour** in it.", "piece": 5})
    events = await kitchen.say()
    assert names(events) == ["connected", "chunk", "done"]
    assert text_of(events) == "There is **flour** in it."
    assert (events[0][1]["agent_name"], events[0][1]["message_count"]) == ("Qa-Engineer", 1)
    assert len({place for _, _, place in events}) == len(events)
    done = events[-1][1]
    assert done["tokens_used"] > 0
    assert done["cost_micros"] > 0
    talk = await kitchen.view()
    said = [(one["role"], one["text"]) for one in talk["messages"]]
    assert said == [("person", "What is in it?"), ("agent", "There is **flour** in it.")]
    assert (talk["live"], talk["has_changes"], talk["cost_micros"]) == (False, False, done["cost_micros"])
    assert (await kitchen.bead()).status == BeadStatus.OPEN
    kept = (await kitchen.http.get(f"/api/v1/beads/{kitchen.bead_id}/conversation")).json()
    assert [message["role"] for message in kept["messages"]] == ["system", "user", "assistant"]
    assert kept["session_id"] == talk["session_id"]
    (call,) = (await kitchen.http.get("/api/v1/ledger", params={"limit": 1})).json()["calls"]
    me = (await kitchen.http.get("/api/v1/auth/me")).json()
    paid = (call["purpose"], call["user_id"], call["bead_id"], call["run_id"], call["status"])
    assert paid == ("pair", me["id"], kitchen.bead_id, talk["session_id"], "settled")


async def test_the_model_hears_who_it_is_what_the_bead_is_and_what_was_said(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "Flour."}, {"reply": "Water, too."})
    await kitchen.say("What is in it?")
    await kitchen.say("And what else?")
    system, *said = kitchen.model.log()[-1]["messages"]
    assert "You are Qa-Engineer" in system["content"]
    assert "QA" in system["content"]
    assert "read_file" in system["content"]
    assert "- done(" not in system["content"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert f"The bead is {kitchen.bead_id}: Less flour" in said[0]["content"]
    assert said[1]["content"] == "Flour."
    assert said[2]["content"].endswith("And what else?")


async def test_what_the_agent_changes_is_on_the_bead_s_branch_until_the_person_finishes_it(kitchen: Kitchen) -> None:
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
    me = (await kitchen.http.get("/api/v1/auth/me")).json()
    bead = await kitchen.bead()
    assert (bead.status, bead.assigned_to, talk["has_changes"]) == (BeadStatus.IN_PROGRESS, me["id"], True)
    session = talk["session_id"]
    assert "-500 g\n+450 g" in (await kitchen.run(session)).diff
    shown = (await kitchen.http.get(f"/api/v1/runs/{session}/diff")).json()
    assert [file["path"] for file in shown["files"]] == ["flour.txt"]
    kitchen.script({"reply": "You are welcome."})
    assert (await kitchen.say("Thanks."))[0][1]["session_id"] == session
    finished = heard(await kitchen.http.post(f"/api/v1/pair/{session}/finish", json={"message": "Less flour"}))
    assert names(finished) == ["connected", "chunk", "actions", "done"]
    assert (await kitchen.bead()).status == BeadStatus.DONE
    assert git(kitchen.origin, "show", "main:flour.txt") == "450 g\n"
    assert "On-behalf-of: ada <" in git(kitchen.origin, "log", "-1", "--format=%B", "main")
    talk = await kitchen.view()
    assert (talk["is_finished"], talk["has_changes"]) == (True, False)
    again = await kitchen.http.post(f"/api/v1/pair/{session}/finish", json={})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_finish")


async def test_where_work_is_reviewed_finishing_it_asks_for_that(kitchen: Kitchen) -> None:
    async with kitchen.db.write() as tx:
        await tx.execute(update(Project).values(review_by=["code-reviewer"]))
    kitchen.script(acting(write("flour.txt", "450 g\n")), {"reply": "Done."})
    await kitchen.say("Take less flour.")
    session = (await kitchen.view())["session_id"]
    finished = heard(await kitchen.http.post(f"/api/v1/pair/{session}/finish", json={"message": "Less flour"}))
    assert "Waits for review" in finished[-1][1]["message"]
    assert (await kitchen.bead()).status == BeadStatus.BLOCKED
    assert (await kitchen.http.get(f"/api/v1/runs/{session}/diff")).json()["review"]["state"] == "waiting"
    kitchen.script(acting(READ), {"reply": "It waits."})
    assert names(await kitchen.say("How is it?"))[-1] == "done"
    review = await kitchen.http.post(f"/api/v1/runs/{session}/review", json={"verdict": "approve"})
    assert review.status_code == 200, review.text


async def test_what_was_said_is_deleted_on_request(kitchen: Kitchen) -> None:
    kitchen.script({"reply": "Saffron."})
    session = (await kitchen.say("What is the secret?"))[0][1]["session_id"]
    assert (await kitchen.http.delete(f"/api/v1/conversations/{session}")).status_code == 204
    talk = await kitchen.view()
    assert (talk["session_id"], talk["messages"]) == (None, [])
    left = (await kitchen.http.get(f"/api/v1/runs/{session}")).text
    assert "Saffron" not in left
    assert "secret" not in left


async def test_work_that_is_given_back_is_what_the_next_talk_goes_on_with(kitchen: Kitchen) -> None:
    kitchen.script(acting(write("flour.txt", "450 g\n")), {"reply": "Done."})
    await kitchen.say("Take less flour.")
    session = (await kitchen.view())["session_id"]
    given = await kitchen.http.post(f"/api/v1/runs/{session}/give-back", json={"note": "Look at the water."})
    assert given.status_code == 200, given.text
    assert (await kitchen.bead()).status == BeadStatus.OPEN
    kitchen.script(acting(READ), {"reply": "Still 450 g."})
    events = await kitchen.say("How much is it now?")
    (read,) = [data for name, data, _ in events if name == "actions"]
    assert read["results"][0]["metadata"]["content"] == "450 g\n"
    assert (await kitchen.bead()).status == BeadStatus.OPEN


async def test_a_stream_goes_on_wherever_one_was_and_ends_when_all_is_told(kitchen: Kitchen) -> None:
    kitchen.script(acting(READ, text="Let me see."), {"reply": "It says 500 g.", "piece": 4})
    events = await kitchen.say()
    path = f"/api/v1/pair/{events[0][1]['session_id']}/stream"
    whole = heard(await kitchen.http.get(path))
    assert text_of(whole) == text_of(events)
    for place, (_, _, at) in enumerate(events[:-1]):
        rest = heard(await kitchen.http.get(path, headers={"Last-Event-ID": at}))
        assert rest[0][0] == "connected"
        assert text_of(rest) == text_of(events[place + 1 :])
        assert [name for name, _, _ in rest if name != "chunk"][1:] == [
            name for name, _, _ in events[place + 1 :] if name not in ("chunk", "connected")
        ]
    over = await kitchen.http.get(path, headers={"Last-Event-ID": events[-1][2]})
    assert over.status_code == 204
    odd = await kitchen.http.get(path, headers={"Last-Event-ID": "1.2.9"})
    assert (odd.status_code, odd.json()["code"]) == (400, "bad_event_id")
