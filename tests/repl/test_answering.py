"""Questions: answered by a model that looks, or from the data; under the asker's own eyes and budget."""

import asyncio
import json

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlmodel import col

from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, LoomError, NotFound
from loom_app.ledger.models import Budget, Call
from loom_app.providers.chat import ToolCall
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider
from loom_app.repl.answering import linked
from loom_app.repl.found import Link, bead_link
from loom_app.repl.reading.tool import Asking
from loom_app.repl.reading.tools import TOOLS, look
from tests.repl.conftest import Model, asked, said
from tests.support import people


def call(tool: str, **arguments: object) -> str:
    return json.dumps({"calls": [{"tool": tool, "arguments": arguments}]})


async def test_a_model_looks_and_answers_with_links(cook: AsyncClient, model: Model, db: Database) -> None:
    model.replies = [said(call("list_ready")), said("Weigh the flour first: kitchen-1.")]
    answer = await asked(cook, "What is next?")
    assert answer["response"] == "Weigh the flour first: [kitchen-1](/beads/kitchen-1)."
    assert (answer["answered"], answer["notice"], answer["model"]) == ("model", "", "m-1")
    assert (answer["provider_id"], answer["provider_name"], answer["tokens_used"]) == ("model", "Model", 30)
    assert answer["links"] == [{"label": "kitchen-1", "href": "/beads/kitchen-1"}]
    assert "<data>" in model.told
    async with db.read() as tx:
        calls = (await tx.execute(select(Call))).scalars().all()
    assert {(one.purpose, one.status, one.user_id != "") for one in calls} == {("repl", "settled", True)}
    assert len(calls) == 2
    model.replies = [said("As I said.")]
    await asked(cook, "And then?")
    assert "What is next?" in model.told


async def test_functions_are_called_natively_where_the_provider_knows_them(
    cook: AsyncClient, model: Model, db: Database
) -> None:
    async with db.write() as tx:
        (await tx.get_one(Provider, "model")).action_format = "tools"
    wanted = ToolCall("c1", "read_bead", "", {"bead_id": "kitchen-2"})
    broken = ToolCall("c2", "read_bead", "", None, "The arguments are not JSON.")
    model.replies = [said("", wanted, broken, finish="tool_calls"), said("It is cold.")]
    assert (await asked(cook, "Why does kitchen-2 wait?"))["response"] == "It is cold."
    assert {tool["function"]["name"] for tool in model.asked[0].tools} >= {"read_bead", "propose_close_bead"}
    results = [message for message in model.asked[1].messages if message["role"] == "tool"]
    assert [one["tool_call_id"] for one in results] == ["c1", "c2"]
    assert "oven is cold" in results[0]["content"]
    model.replies = [ProviderError("No tools.", kind="no_tools"), said(call("read_status")), said("All is well.")]
    assert (await asked(cook, "How are things?"))["response"] == "All is well."


QUESTIONS = {
    "Which beads are ready?": "kitchen-1",
    "What is blocked and why?": "oven is cold",
    "Who works on what?": "Ada",
    "Why does kitchen-2 wait?": "oven is cold",
    "What did this week cost?": "$0.00",
    "Which budgets are there?": "Budget",
    "Which decisions wait for me?": "No decision",
    "Which runs were there?": "no such run",
    "What happened since yesterday?": "project member added",
    "Which projects are there?": "Kitchen",
    "Any milestones?": "no milestones",
    "Which lessons were learned?": "No lesson",
    "Which providers are there?": "/providers",
    "How are things?": "/board",
    "flour": "kitchen-1",
    "Hm?": "Nothing was found",
    "Is it?": "do not know",
}


async def test_without_a_model_the_data_answer_common_questions(cook: AsyncClient) -> None:
    for question, expected in QUESTIONS.items():
        answer = await asked(cook, question)
        assert expected in answer["response"], (question, answer["response"])
        assert (answer["answered"], answer["cost_micros"]) == ("data", 0)
        assert "No provider works" in answer["notice"]
        assert "cellar" not in answer["response"].lower(), question


async def test_what_one_does_not_see_does_not_exist(cook: AsyncClient, db: Database, settings: Settings) -> None:
    for question in ("Tell me about cellar-1", "What is in the cellar?", "barrels", "What does Mole do?"):
        assert "Hidden" not in (await asked(cook, question))["response"]
    actor = Actor("user", "u", "U", frozenset({f"{of}:read" for of in RESOURCES}), frozenset({"kitchen"}))
    given = {"project_id": "cellar", "bead_id": "cellar-1", "query": "barrels", "name": "Mole", "agent_id": "x"}
    fine = {"query": "flour", "bead_id": "kitchen-1"}
    async with db.read() as tx:
        for name in TOOLS:
            for arguments in (fine, given):
                try:
                    found = (await look(Asking(tx, actor, settings), name, arguments)).markdown
                except (NotFound, Invalid) as error:
                    found = error.message
                assert not {"Hidden", "Mole", "Cellar"} & set(found.replace("*", " ").split()), (name, found)
    nobody = Actor("user", "u", "U", frozenset({"repl:use"}), frozenset({"kitchen"}))
    async with db.read() as tx:
        for name in TOOLS:
            with pytest.raises(LoomError):
                await look(Asking(tx, nobody, settings), name, given)


RESOURCES = ("beads", "agents", "projects", "providers", "decisions")


async def test_a_failing_or_slow_model_or_a_budget_leaves_the_data(
    cook: AsyncClient, model: Model, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.replies = [ProviderError("The key is refused.", kind="bad_request", billed=False)]
    answer = await asked(cook, "What is ready?")
    assert (answer["answered"], answer["provider_id"]) == ("data", "model")
    assert "The key is refused." in answer["notice"]
    assert "kitchen-1" in answer["response"]
    model.replies = [said(call("list_ready")) for _ in range(7)]
    assert "wrote no answer" in (await asked(cook, "What is ready?"))["notice"]
    model.replies = [said(call("drop_tables")), said(call("read_bead")), said("Sorry.")]
    assert (await asked(cook, "What is ready?"))["response"] == "Sorry."
    assert "no tool" in str(model.asked[-2].messages)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(model, "chat", never)
        answer = await asked(cook, "What is ready?", timeout_sec=0.05)
    assert "0.05 seconds" in answer["notice"]
    async with db.write() as tx:
        (await tx.get_one(Provider, "model")).status = "healthy"
        person = (await tx.execute(select(col(Call.user_id)).limit(1))).scalar_one()
        tx.add(Budget(id="b", scope="user", scope_id=person, window="daily", limit_micros=0))
    model.replies = [said("Never.")]
    answer = await asked(cook, "What is ready?")
    assert (answer["answered"], answer["response"] != "Never.") == ("data", True)
    assert "budget" in answer["notice"]


async def test_ones_history_is_ones_own_and_can_be_forgotten(cook: AsyncClient, client: AsyncClient) -> None:
    for number in range(3):
        await asked(cook, f"flour {number}")
    page = await cook.get("/api/v1/repl/history", params={"limit": 2})
    assert [one["message"] for one in page.json()["exchanges"]] == ["flour 2", "flour 1"]
    assert (page.json()["total"], page.headers["X-Total-Count"]) == (3, "3")
    assert (await client.get("/api/v1/repl/history")).json() == {"exchanges": [], "total": 0}
    assert (await cook.delete("/api/v1/repl/history")).status_code == 204
    assert (await cook.get("/api/v1/repl/history")).json()["total"] == 0


async def test_what_is_wrong_is_refused(cook: AsyncClient, app: object) -> None:
    for body in ({}, {"message": " "}, {"message": "x" * 8001}, {"message": "x", "timeout_sec": 0}, {"message": "\0"}):
        assert (await cook.post("/api/v1/repl", json=body)).status_code in (400, 422)
    async with people.signed_in(app, "viewer", sees=["kitchen"]) as viewer:  # type: ignore[arg-type]
        assert (await viewer.post("/api/v1/repl", json={"message": "What is ready?"})).status_code == 403


async def test_answers_come_as_a_stream(cook: AsyncClient, model: Model) -> None:
    model.replies = [said(call("list_ready")), said("Flour.")]
    answer = await cook.post("/api/v1/repl/stream", json={"message": "What is ready?"})
    events = [line.removeprefix("event: ").strip() for line in answer.text.splitlines() if line.startswith("event: ")]
    assert events == ["connected", "void", "step", "chunk", "answer"]
    data = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert (data[-2], data[-1]["response"]) == ({"text": "Flour."}, "Flour.")


def test_bare_names_of_beads_become_links_and_nothing_else_does() -> None:
    links = [bead_link("k-1"), bead_link("k-12"), Link("Ada", "/agents/a")]
    text = "k-1, k-12 and `k-1`, [k-1](/beads/k-1), /beads/k-1, k-1.2 Ada"
    assert linked(text, links) == (
        "[k-1](/beads/k-1), [k-12](/beads/k-12) and `k-1`, [k-1](/beads/k-1), /beads/k-1, [k-1](/beads/k-1).2 Ada"
    )
    assert linked("k-1", []) == "k-1"
