"""Function calls in the record and in the messages: every call with its answer, never one without the other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loom_app.actions.faults import ReplyError
from loom_app.actions.feedback import blocks
from loom_app.actions.functions import as_text
from loom_app.actions.results import ActionResult
from loom_app.providers.chat import ChatReply

BETWEEN = "\n\n---\n\n"
NOT_RUN = "Nothing was run for this call; the answers to the others say why."
LONGEST_ID = 200


@dataclass(frozen=True)
class Exchange:
    """A turn in which functions were called, as text, and what the model was `told` of them next.

    `results` are pairs: the number of a call, and where its part of `told` ends.
    """

    reply: str
    told: str
    calls: Sequence[dict[str, Any]]
    said: str
    results: Sequence[Sequence[int]]


def kept(reply: ChatReply) -> list[dict[str, Any]]:
    """The calls of an answer as they are stored."""
    return [
        {
            "id": storable(call.id)[:LONGEST_ID],
            "name": storable(call.name),
            "arguments": storable(call.text),
        }
        for call in reply.tool_calls
    ]


def spoken(reply: ChatReply) -> str:
    """An answer as text: its function calls as the envelope that asks for the same."""
    calls = kept(reply)
    return as_text(calls, storable(reply.text)) if calls else storable(reply.text or reply.refusal)


def beside(reply: ChatReply) -> str:
    """What stands beside the calls of an answer."""
    return storable(reply.text) if reply.tool_calls else ""


def answered(
    calls: Sequence[Any], fault: ReplyError | None, results: Sequence[ActionResult], prompt: str
) -> list[list[int]]:
    """Which parts of `prompt` answer which calls: pairs of a call's number and where its part ends.

    What stands before the results belongs to the first, what follows to the last. What is wrong with the calls is told
    to the one at `fault`, and all to the last one where the results are not found in the prompt.
    """
    if not calls:
        return []
    if fault is not None and fault.call is not None:
        return [[fault.call, len(prompt)]]
    told = blocks(results)
    start = prompt.find(BETWEEN.join(told)) if told else -1
    if start < 0:
        return [[len(calls) - 1, len(prompt)]]
    ends = [start + len(BETWEEN.join(told[: count + 1])) for count in range(len(told) - 1)]
    return [[number, end] for number, end in enumerate([*ends, len(prompt)])]


def natively(messages: Sequence[dict[str, Any]], exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """The messages with calls and their answers where both stand there whole; what was shortened stays text."""
    known = {(each.reply, each.told): each for each in exchanges if each.results}
    made: list[dict[str, Any]] = []
    place = 0
    while place < len(messages):
        pair = [message["content"] for message in messages[place : place + 2]]
        found = known.get((pair[0], pair[1])) if len(pair) == 2 and messages[place]["role"] == "assistant" else None
        made += _called(found) if found else [messages[place]]
        place += 2 if found else 1
    return made


def _called(each: Exchange) -> list[dict[str, Any]]:
    told, start = dict[int, str](), 0
    for number, end in each.results:
        told[number], start = each.told[start:end].strip(), end
    calls = [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": _whole(call["arguments"])},
        }
        for call in each.calls
    ]
    answers = [
        {"role": "tool", "tool_call_id": call["id"], "content": told.get(number, NOT_RUN)}
        for number, call in enumerate(each.calls)
    ]
    return [{"role": "assistant", "content": each.said, "tool_calls": calls}, *answers]


def _whole(arguments: str) -> str:
    """Arguments as servers take them back: many refuse what is no JSON object, so that is told as a text in one."""
    try:
        if isinstance(json.loads(arguments), dict):
            return arguments
    except (ValueError, RecursionError):
        pass
    return json.dumps({"unreadable": arguments} if arguments.strip() else {}, ensure_ascii=False)


def storable(text: str) -> str:
    """Text without what no database keeps: NUL and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
