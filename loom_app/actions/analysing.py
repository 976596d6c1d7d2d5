"""Asks the analysis of code, a program of its own in the sandbox: it reads what nobody vouches for."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loom_app.actions.clipping import printable
from loom_app.actions.context import ActionContext
from loom_app.kernel.errors import Conflict, TooLarge, Unavailable
from loom_app.sandbox.bubblewrap import interpreter
from loom_app.sandbox.outcome import MIB, CommandLimits, CommandOutcome

PACKAGES = ("loom_app.analysis", "jedi", "parso", "ast_grep_py")
"""What the program needs; nothing else of Loom is shown to it."""
MAX_SECONDS = 120.0
MAX_MEMORY_BYTES = 1024 * MIB
MAX_ANSWER_BYTES = 8_000_000
_START = "import json, sys; sys.path += json.loads(sys.argv[1]); from loom_app.analysis.main import main; main()"

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Text = Annotated[str, Field(max_length=20_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Place(_Part):
    """Where something stands, from 1; `kind` is what is defined there, if anything is."""

    path: Annotated[str, Field(max_length=4096)]
    line: Count
    column: Count
    text: Text
    kind: Text = ""


class Change(_Part):
    """What is to be put between offsets of a file, which must still have the digest."""

    path: Annotated[str, Field(min_length=1, max_length=4096)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    edits: Annotated[list[tuple[Count, Count, Annotated[str, Field(max_length=2_000_000)]]], Field(min_length=1)]


class Analysis(_Part):
    """The answer. `by` says whether it goes by what names mean or by the names alone."""

    by: Annotated[str, Field(pattern="^(meaning|name)$")] = "meaning"
    places: list[Place] = []
    count: Count = 0
    changes: list[Change] = []
    others: list[Place] = []
    others_count: Count = 0
    notes: list[Text] = []
    facts: dict[str, Any] = {}
    refused: Text = ""
    code: Annotated[str, Field(pattern="^[a-z_]{0,40}$")] = ""


async def analyse(context: ActionContext, task: str, path: str, **fields: Any) -> Analysis:
    """The answer about a file. Raises Conflict with the reason for what cannot be done, and what reading it raises."""
    real = await asyncio.to_thread(_readable, context, path)
    question = {"task": task, "path": real, **{name: value for name, value in fields.items() if value is not None}}
    outcome = await context.reader(
        [interpreter(), "-I", "-S", "-X", "utf8", "-c", _START, json.dumps(_tops()), json.dumps(question)],
        limits=_limits(context.limits.command),
        readonly=_places(),
    )
    found = _understood(outcome, path)
    if found.refused:
        raise Conflict(found.refused, code=found.code)
    return found


def _readable(context: ActionContext, path: str) -> str:
    """The path without links and `..`, of a file that is text."""
    context.workspace.read_text(path, context.limits.read_bytes)
    return context.workspace.resolve(path).relative_to(context.workspace.root).as_posix()


def _limits(allowed: CommandLimits) -> CommandLimits:
    return replace(
        allowed,
        wall_seconds=min(allowed.wall_seconds, MAX_SECONDS),
        cpu_seconds=min(allowed.cpu_seconds, MAX_SECONDS),
        memory_bytes=min(allowed.memory_bytes, MAX_MEMORY_BYTES),
        output_bytes=MAX_ANSWER_BYTES,
    )


@cache
def _places() -> Sequence[Path]:
    found = [find_spec(name) for name in PACKAGES]
    return tuple(Path(place) for spec in found if spec for place in spec.submodule_search_locations or ())


@cache
def _tops() -> Sequence[str]:
    """Where the program's imports begin."""
    own, *others = _places()
    return list(dict.fromkeys([str(own.parent.parent), *(str(place.parent) for place in others)]))


def _understood(outcome: CommandOutcome, path: str) -> Analysis:
    if outcome.ended != "exited":
        raise Unavailable(
            f"The analysis of {path!r} and the files beside it was stopped ({outcome.ended}): too much code, or too "
            "intricate. Use search_text and edit_code.",
            code="analysis_stopped",
        )
    if outcome.truncated:
        raise TooLarge("The answer is too large. Ask about something that is used less.", code="analysis_stopped")
    try:
        return Analysis.model_validate_json(outcome.stdout)
    except ValidationError:
        said = printable(outcome.stderr).strip().split("\n")[-1][:300]
        raise Unavailable(
            f"The analysis of {path!r} failed: {said or outcome.summary}. Use search_text and edit_code.",
            code="analysis_failed",
        ) from None
