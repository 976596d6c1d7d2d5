"""Which reply belongs to a conversation. Nothing is remembered between requests: the conversation says it all."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from loom_app.demo import planning, stories
from loom_app.demo.script import envelope, play

BEAD_LINE = re.compile(r"^[\s>*#-]*bead[*`]*:[\s*`]*(?P<id>[A-Za-z0-9][\w.-]*)", re.IGNORECASE | re.MULTILINE)
SAY_OK = re.compile(r"\bok\b", re.IGNORECASE)

ADVICE = (
    "Connect a real provider (Providers in the menu, or LOOM_PROVIDER__URL) and give the bead to an agent that uses it."
)
UNPREPARED = (
    "The demo model plays its eight prepared beads, expands PRDs and writes their stories down, and cannot do other "
    f"work. {ADVICE}"
)
OVER = f"The demo model has said everything it prepared for this bead, yet the work has not ended as planned. {ADVICE}"

Message = Mapping[str, Any]


def answer(messages: Sequence[Message], *, as_json: bool = False) -> str:
    """The next reply: a turn of the bead's play, or an honest word that the script has none.

    `as_json` says that the caller asked for JSON, so that even the honest word comes as an action.
    """
    bead_id = bead_of(messages)
    if bead_id is None and not as_json:
        return "ok" if SAY_OK.search(_last_question(messages)) else UNPREPARED
    played: int = sum(message.get("role") == "assistant" for message in messages)
    task, *told = [text_of(message) for message in messages if message.get("role") == "user"] or [""]
    if planning.prd_in(task):
        return planning.reply(bead_id, task, told, played)
    if stories.page_in(task):
        return stories.reply(task, played)
    turns = play(bead_id or "")
    if played < len(turns):
        return turns[played].reply()
    return _escalation(bead_id, OVER if turns else UNPREPARED)


def bead_of(messages: Sequence[Message]) -> str | None:
    """The bead named by a line "Bead: <id>" in the first user message, else in a system message."""
    task = next((message for message in messages if message.get("role") == "user"), None)
    standing = [message for message in messages if message.get("role") in ("system", "developer")]
    for message in [task, *standing] if task else standing:
        if found := BEAD_LINE.search(text_of(message)):
            return found["id"].rstrip(".")
    return None


def text_of(message: Message) -> str:
    """The text of a message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or "") for part in content)


def _last_question(messages: Sequence[Message]) -> str:
    asked = [text_of(message) for message in messages if message.get("role") == "user"]
    return asked[-1] if asked else ""


def _escalation(bead_id: str | None, reason: str) -> str:
    action = {"type": "escalate_ceo", "reason": reason} | ({"bead_id": bead_id} if bead_id else {})
    return envelope([action], "I am the demo model and have no reply prepared for this.")
