"""Makes the gist of a turn: where its results stand in what the model was told, and the shorter texts for later."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from loom_app.actions.clipping import clip, inline
from loom_app.actions.feedback import PROGRESS, READ_CHARACTERS, RESULTS, blocks
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult
from loom_app.context.facts import check_name, facts_of
from loom_app.context.gist import Cut, Gist

LONG_BLOCK, SHORT_BLOCK = 700, 500
"""From how many characters on a result is put down shorter once it is old, and to how many."""
LONG_REPLY, LONG_STRING, SHORT_STRING = 1_500, 400, 200
NOTES, FAULT = 600, 400
Done = tuple[ActionModel, ActionResult]
"""An action and what came of it."""
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def gist_of(done: Sequence[Done], reply: str, *, notes: str = "", fault: str = "") -> Gist:
    """The gist of a turn whose `reply` brought what was `done`."""
    facts = [fact for action, result in done for fact in facts_of(result, action.parameters())]
    return Gist(short_reply(reply), _plain(notes, NOTES), _plain(fault, FAULT), facts=tuple(facts))


def told_as(gist: Gist, done: Sequence[Done], told: str, said: str = "") -> Gist:
    """The gist with what the model hears next as `told`: what of it can be cut later, and what others `said` in it."""
    return replace(gist, cuts=tuple(_cuts(done, told)), said=(said,) if said else ())


def short_reply(reply: str) -> str:
    """A reply whose long texts are cut, whatever form it has; "" for one that is short as it is."""
    if len(reply) <= LONG_REPLY:
        return ""
    cut = _STRING.sub(_shorter, reply)
    return cut if len(cut) <= LONG_REPLY else clip(cut, LONG_REPLY)


def _plain(text: str, most: int) -> str:
    return clip(" ".join(text.split()), most)


def _shorter(found: re.Match[str]) -> str:
    """A long JSON string cut in the middle; one that is none stays as it is."""
    if len(found.group()) <= LONG_STRING:
        return found.group()
    try:
        text = str(json.loads(found.group(), strict=False))
    except ValueError:
        return found.group()
    left_out = len(text) - SHORT_STRING
    cut = f"{text[: SHORT_STRING // 2]}[... {left_out} characters left out ...]{text[-SHORT_STRING // 2 :]}"
    return json.dumps(cut, ensure_ascii=False)


def _cuts(done: Sequence[Done], told: str) -> Iterator[Cut]:
    """What can be cut from `told`: the progress, which the next message tells anew, and long results."""
    first = told.find(PROGRESS)
    end = told.find(RESULTS)
    if 0 <= first < end:
        yield Cut(first, end, "")
    place = max(end, 0)
    for (action, result), block in zip(done, blocks(result for _, result in done), strict=True):
        place = told.find(block, place)
        if place < 0:
            return
        if len(block) > LONG_BLOCK:
            yield Cut(place, place + len(block), *_short(action, result, block))
        place += len(block)


def _short(action: ActionModel, result: ActionResult, block: str) -> tuple[str, str]:
    """The shorter text of a result, and what the result shows."""
    facts = result.metadata
    if result.status != "executed":
        return clip(block, SHORT_BLOCK), ""
    if result.action_type == "read_file":
        path, lines = str(facts.get("path")), _lines_shown(action, result)
        where = f"{inline(path)}{f', lines {lines}' if lines else ''} ({facts.get('size')} bytes)"
        text = f"### read_file — executed\n\n{where} was shown here. Read it again if you need it."
        return text, f"read {path}\n{lines}" if lines else f"read {path}"
    if "exit_code" in facts or "success" in facts:
        return clip(block, SHORT_BLOCK), f"check {check_name(result.action_type, action.parameters())}"
    asked = json.dumps(action.parameters(), sort_keys=True, ensure_ascii=False)
    return clip(block, SHORT_BLOCK), f"{result.action_type} {asked[:SHORT_STRING]}"


def _lines_shown(action: ActionModel, result: ActionResult) -> str:
    """Which lines of a file were shown, as "1 to 20"; "" for the whole file."""
    facts, asked = result.metadata, action.parameters()
    content = str(facts.get("content", ""))
    whole = len(content) <= READ_CHARACTERS and not facts.get("truncated")
    if whole and not asked.get("start_line") and not asked.get("end_line"):
        return ""
    first = int(facts.get("start_line") or 1)
    return f"{first} to {first + max(0, content[:READ_CHARACTERS].count(chr(10)) - 1)}"
