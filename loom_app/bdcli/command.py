"""How a command is made: it is done in one transaction and answers in words or in JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from loom_app.bdcli.options import EVERYWHERE, Asked, asked
from loom_app.bdcli.place import At, standing
from loom_app.kernel.errors import Invalid, Unavailable
from loom_app.kernel.faults import in_words

SCHEMA = 1
"""The version of the shapes of the beads tool's JSON that the answers have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command says. `shown` is its JSON; `code` is 1 when it could not do all it was to."""

    shown: Any
    text: str = ""
    code: int = 0
    problems: tuple[str, ...] = ()
    """What could not be done, for standard error."""


class OnlyTried(Exception):
    """Ends a command with its answer; nothing of what it changed is kept."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


Work = Callable[..., Awaitable[Answer]]


def command(name: str, *params: click.Parameter, writes: bool | str = False) -> Callable[[Work], click.Command]:
    """Makes the function below a command: it gets where it stands and the values of `params`.

    `writes` says whether it changes anything, or names the option with which it does.
    """

    def make(work: Work) -> click.Command:
        @click.pass_context
        def call(ctx: click.Context, /, **given: Any) -> int:
            said = asked(ctx)
            changes = bool(given[writes]) if isinstance(writes, str) else writes
            return tell(asyncio.run(_done(said, work, given, writes=changes)), said)

        text = (work.__doc__ or "").strip()
        return click.Command(name, params=[*params, *EVERYWHERE], callback=call, help=text)

    return make


async def _done(said: Asked, work: Work, given: dict[str, Any], *, writes: bool) -> Answer:
    try:
        async with standing(said, writes=writes) as at:
            return await work(at, **given)
    except OnlyTried as tried:
        return tried.answer
    except ValidationError as error:
        raise Invalid(f"Nothing was changed. {in_words(error)}.", code="bad_value") from error
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Unavailable(f"The database failed: {reason}. Nothing was changed.") from error


def tell(answer: Answer, said: Asked) -> int:
    """Prints an answer and gives its exit code."""
    for problem in answer.problems:
        _problem(problem, said)
    if said.json:
        if answer.shown is not None:
            print(json.dumps(_enveloped(answer.shown), indent=2, ensure_ascii=False))  # noqa: T201
    elif answer.text and not said.quiet:
        print(answer.text)  # noqa: T201
    return answer.code


def _problem(problem: str, said: Asked) -> None:
    shown = json.dumps({"error": problem, "schema_version": SCHEMA}, ensure_ascii=False)
    print(shown if said.json else f"Error: {problem}", file=sys.stderr)  # noqa: T201


def _enveloped(shown: Any) -> Any:
    """Every answer in one envelope for those who ask for it; else objects carry the version themselves."""
    if os.environ.get("BD_JSON_ENVELOPE") == "1":
        return {"schema_version": SCHEMA, "data": shown}
    return {**shown, "schema_version": SCHEMA} if isinstance(shown, dict) else shown


__all__ = ["SCHEMA", "Answer", "At", "OnlyTried", "command", "tell"]
