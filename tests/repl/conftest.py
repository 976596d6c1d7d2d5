"""A model that says what a test has it say, and two projects of which the person sees one."""

from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import Bead
from loom_app.kernel.database import Database
from loom_app.providers import service as providers
from loom_app.providers.chat import ChatReply, ChatRequest, OnText, ToolCall, Usage
from loom_app.providers.errors import ProviderError
from tests.support import people, rows


def said(text: str = "", *calls: ToolCall, finish: str = "stop") -> ChatReply:
    """A reply of the model: ten tokens in, five out."""
    return ChatReply(text, "m-1", finish, Usage(10, output=5), False, 3, None, None, tool_calls=calls)


class Model:
    """Stands where the client of a provider does; plays `replies` in order and keeps what it was sent."""

    def __init__(self) -> None:
        self.replies: list[ChatReply | Exception] = []
        self.asked: list[ChatRequest] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """The next reply."""
        self.asked.append(request)
        reply = self.replies.pop(0) if self.replies else ProviderError("It is gone.", kind="auth", billed=False)
        if isinstance(reply, Exception):
            raise reply
        if on_text and reply.text:
            on_text(reply.text)
        return reply

    @property
    def told(self) -> str:
        """Everything the model was told in its last call."""
        return "\n".join(str(message["content"]) for message in self.asked[-1].messages)


@pytest.fixture
async def model(db: Database, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A provider that works and answers as scripted."""
    await rows.provider(db)
    made = Model()
    monkeypatch.setattr(providers, "client_for", lambda *_, **__: made)
    return made


@pytest.fixture(autouse=True)
async def places(db: Database) -> None:
    """The project `kitchen` with two beads and an agent, and `cellar`, of which the cook is no member."""
    await rows.project(db)
    await rows.project(db, "cellar")
    await rows.bead(db, status="open")
    await rows.bead(db, "kitchen-2", status_reason="The oven is cold")
    await rows.agent(db, name="Ada")
    await rows.agent(db, "cellar", name="Mole", role="cellarman")
    async with db.write() as tx:
        tx.add(Bead(id="cellar-1", project_id="cellar", title="Hidden barrels", status="open"))


@pytest.fixture
async def cook(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Somebody who sees the kitchen alone."""
    async with people.signed_in(app, "user", "cook", sees=["kitchen"]) as http:
        yield http


async def asked(http: AsyncClient, message: str, **more: Any) -> dict[str, Any]:
    """The answer to a message."""
    answer = await http.post("/api/v1/repl", json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
