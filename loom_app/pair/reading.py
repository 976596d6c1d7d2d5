"""What an answer asks for: actions in its last marked block, or nothing, when it is for the person to read."""

import re

from loom_app.actions.faults import ReplyError
from loom_app.actions.functions import read_calls
from loom_app.actions.parsing import parse_reply
from loom_app.actions.protocol import TOOLS
from loom_app.actions.types import Reply
from loom_app.pair.prompt import FENCE
from loom_app.runs.models import Turn

BLOCK = re.compile(rf"^[ \t]*```[ \t]*{FENCE}\b[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
WHOLE = re.compile(r"\A\s*(?:```\w*\s*)?[{\[]")
THOUGHT = "</think>"
ANSWERS = frozenset({"prose", "empty", "no_actions"})
"""Faults of what is no order but an answer."""


def read(turn: Turn) -> Reply | None:
    """The actions that the answer of a turn asks for, None for one without. Raises ReplyError.

    What is quoted elsewhere in an answer in words is never taken for an order.
    """
    cut = turn.finish_reason == "length"
    if turn.tool_calls:
        return read_calls(turn.tool_calls, turn.said, cut=cut)
    wanted = ordered_in(turn.reply or "")
    try:
        return parse_reply(wanted, cut=cut) if wanted else None
    except ReplyError as error:
        if error.kind in ANSWERS:
            return None
        raise


def ordered_in(text: str) -> str:
    """The part of an answer that may ask for actions; "" where none does."""
    said = text.rpartition(THOUGHT)[2]
    blocks = BLOCK.findall(said)
    return blocks[-1] if blocks else said if WHOLE.match(said) else ""


def told(error: ReplyError, form: str) -> str:
    """What is said to the model whose order cannot be read."""
    if form == TOOLS:
        return error.told_in(form)
    return f"{error.fault}\nNothing of it was run. Send the actions again, in one ```{FENCE} block at the end."
