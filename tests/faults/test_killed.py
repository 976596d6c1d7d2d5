"""Any process killed at the worst moment: nothing accepted is lost, nothing is done twice, the bead is done once."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.faults.conftest import PROJECT, Kitchen
from tests.support.git_repository import shown, subjects
from tests.support.waiting import until
from tests.support.workshop import acts, done, write

pytestmark = pytest.mark.faults


def test_the_worker_in_the_middle_of_a_turn(kitchen: Kitchen) -> None:
    good = acts(write("turn.txt", "once\n"), done("Done in spite of all."))
    bead_id = kitchen.bead("Survive a turn", {**good, "delay": 30}, good)
    kitchen.until_asked(bead_id)
    kitchen.system.kill("worker")
    kitchen.desk.until_bead(bead_id)
    (run,) = kitchen.desk.runs(bead_id)
    assert (run["status"], run["turn_count"]) == ("finished", 1)
    assert len(kitchen.events(bead_id, "run.replied")) == 1
    assert subjects(kitchen.origin).count("Survive a turn") == 1


def test_the_worker_in_the_middle_of_a_command(kitchen: Kitchen) -> None:
    command = {"type": "run_command", "command": "echo kneaded >> dough.txt; sleep 4.75", "timeout_seconds": 60}
    bead_id = kitchen.bead(
        "Survive a command",
        acts(write("before.txt", "written\n"), command, write("after.txt", "never\n")),
        acts({"type": "read_file", "path": "dough.txt"}),
        acts(done("Looked at what was left.")),
    )

    def running() -> bool:
        return any(event["data"]["type"] == "run_command" for event in kitchen.events(bead_id, "run.action_started"))

    until(running, 30)
    until(lambda: "kneaded" in _dough(kitchen, bead_id), 10)
    kitchen.system.kill("worker")
    kitchen.desk.until_bead(bead_id)
    (run,) = kitchen.desk.runs(bead_id)
    assert [action["status"] for action in run["turns"][0]["actions"]][:2] == ["executed", "interrupted"]
    assert shown(kitchen.origin, "dough.txt") == "kneaded\n"
    assert "interrupted" in run["turns"][1]["prompt"].lower()
    assert subjects(kitchen.origin).count("Survive a command") == 1


def test_worker_and_web_process_while_people_steer_a_run(kitchen: Kitchen) -> None:
    """A pause holds over their deaths, a word of people is told once, and what is taken over is kept."""
    first = {**acts(write("steered.txt", "once\n")), "delay": 1}
    bead_id = kitchen.bead("Survive steering", first, {**acts(done("Too late.")), "delay": 60})
    kitchen.until_asked(bead_id)

    def run() -> Any:
        return kitchen.desk.runs(bead_id)[0]

    path = f"/runs/{run()['id']}"
    kitchen.desk.post(f"{path}/pause", {})
    until(lambda: run()["paused_at"], 30, what="the run rests")
    kitchen.desk.post(f"{path}/nudge", {"text": "Whole grain, please."})
    kitchen.system.kill("worker")
    kitchen.system.kill("web")
    until(kitchen.system.answers, 60)
    until(lambda: kitchen.system.log("worker").count("worker is ready") > 1, 30)
    assert (run()["paused_at"] is not None, len(run()["turns"])) == (True, 2)
    assert run()["turns"][1]["asked_at"] is None, "nothing was asked while it rested"
    kitchen.desk.post(f"{path}/resume", {})
    until(lambda: "Whole grain" in run()["turns"][1]["prompt"], 60, what="the model is told")
    kitchen.desk.post(f"{path}/take-over", {})
    kitchen.system.kill("worker")
    until(lambda: run()["terminal_reason"] == "taken_over", 90, what="it is taken over")
    assert run()["turns"][1]["prompt"].count("Whole grain, please.") == 1
    assert "+once" in run()["diff"]
    assert "Survive steering" not in subjects(kitchen.origin)
    assert kitchen.desk.get(f"/beads/{bead_id}")["status"] == "in_progress"
    assert len(kitchen.desk.runs(bead_id)) == 1


def test_temporal_in_the_middle_of_a_turn(kitchen: Kitchen) -> None:
    good = acts(write("temporal.txt", "once\n"), done())
    bead_id = kitchen.bead("Survive Temporal", {**good, "delay": 2}, good)
    kitchen.until_asked(bead_id)
    kitchen.system.kill("temporal")
    kitchen.desk.until_bead(bead_id, seconds=90)
    (run,) = kitchen.desk.runs(bead_id)
    assert (run["status"], run["turn_count"]) == ("finished", 1)
    assert subjects(kitchen.origin).count("Survive Temporal") == 1


def test_the_web_process_between_writes(kitchen: Kitchen) -> None:
    bead_id = kitchen.bead("Survive the web", {**acts(write("web.txt", "once\n"), done()), "delay": 1})
    accepted = [_filed(kitchen, number) for number in range(5)]
    os.kill(kitchen.system.pid("web"), signal.SIGKILL)
    refused = 0
    while None in (tried := [_filed(kitchen, 100 + refused)]):
        refused += 1
    accepted += tried
    kitchen.desk.until_bead(bead_id)
    kept = {bead["id"] for bead in kitchen.desk.get("/beads", limit=200)}
    assert {bead for bead in accepted if bead} <= kept
    assert subjects(kitchen.origin).count("Survive the web") == 1


def test_a_reader_of_the_event_stream_misses_nothing_over_a_restart_of_the_web_process(kitchen: Kitchen) -> None:
    heard = _listen(kitchen, after=None, until_title="Before")
    kitchen.system.kill("web")
    until(kitchen.system.answers, 60)
    _file(kitchen, "Meanwhile")
    heard += _listen(kitchen, after=heard[-1], until_title="Afterwards")
    first, last = heard[0], heard[-1]
    log = kitchen.desk.get("/events", limit=1000)["events"]
    everything = sorted(event["seq"] for event in log if first <= event["seq"] <= last)
    assert heard == everything


def test_temporal_and_the_worker_while_a_decision_waits(kitchen: Kitchen) -> None:
    due = (datetime.now(UTC) + timedelta(seconds=12)).isoformat()
    ask = {"project_id": PROJECT, "question": "Salt?", "options": ["Yes", "No"]}
    silent = kitchen.desk.post("/decisions", {**ask, "deadline": due, "default_option": "No"})
    answered = kitchen.desk.post("/decisions", ask)
    for process in ("temporal", "worker"):
        kitchen.system.kill(process)
    kitchen.desk.post(f"/decisions/{answered['id']}/decide", {"decision": "Yes"})
    until(lambda: kitchen.desk.get(f"/decisions/{silent['id']}")["status"] != "open", 90, what="the default holds")
    over = kitchen.desk.get(f"/decisions/{silent['id']}")
    assert (over["status"], over["decision"]) == ("expired", "No")
    assert kitchen.desk.get(f"/decisions/{answered['id']}")["decision"] == "Yes"


def test_everything_between_a_schedule_that_an_agent_set_up_and_its_firing(kitchen: Kitchen) -> None:
    title = "Look after the oven"
    lines = ("SCHEDULE: oven", "TYPE: ScheduledBead", "INTERVAL: 12s", f'INPUT: {{"title": "{title}"}}', "END")
    block = "\n".join(("<temporal>", *lines, "</temporal>"))
    kitchen.model.script({"when": f"Title: {title}\n", **acts(done("It bakes."))})
    bead_id = kitchen.bead("Think of the oven", {"reply": block}, acts(done()))
    kitchen.desk.until_bead(bead_id)
    (row,) = kitchen.desk.get("/temporal/schedules")["schedules"]
    for process in ("temporal", "worker", "web"):
        kitchen.system.kill(process)
    until(kitchen.system.answers, 60, what="pages are served again")
    found = kitchen.desk.until_true(lambda: _called(kitchen, title), 60, lambda: str(row))
    kitchen.desk.http.delete(f"/api/v1/temporal/schedules/{row['id']}")
    kitchen.desk.until_bead(found[0]["id"])
    fired = kitchen.desk.get("/events", type="temporal.fired", limit=1000)["events"]
    assert len([event for event in fired if event["data"]["filed"]]) == len(_called(kitchen, title))


def _called(kitchen: Kitchen, title: str) -> list[dict[str, Any]]:
    return [bead for bead in kitchen.desk.get("/beads", project_id=PROJECT, limit=200) if bead["title"] == title]


def _listen(kitchen: Kitchen, *, after: int | None, until_title: str) -> list[int]:
    """The numbers of the events heard up to the making of a bead of that title, which this makes."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    numbers: list[int] = []
    with kitchen.desk.http.stream("GET", "/api/v1/events/stream", headers=headers) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: connected"
        _file(kitchen, until_title)
        kind = ""
        for line in lines:
            kind = line.removeprefix("event: ") if line.startswith("event:") else kind
            if line.startswith("data:") and kind not in ("", "connected"):
                event = json.loads(line.removeprefix("data:"))
                numbers.append(event["seq"])
                if event["data"].get("title") == until_title:
                    return numbers
    raise AssertionError("the stream ended")


def _file(kitchen: Kitchen, title: str) -> str:
    return kitchen.desk.bead(PROJECT, title, defer_until="2099-01-01T00:00:00Z")


def _filed(kitchen: Kitchen, number: int) -> str | None:
    """The bead when it was accepted."""
    try:
        return _file(kitchen, f"Note {number}")
    except httpx.TransportError:
        return None


def _dough(kitchen: Kitchen, bead_id: str) -> str:
    (run,) = kitchen.desk.runs(bead_id)
    file = kitchen.system.data_dir / "worktrees" / run["id"] / "dough.txt"
    return file.read_text() if file.exists() else ""
