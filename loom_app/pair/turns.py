"""The turns of a talk: what is said next, after everything that came of what was said before."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.faults import ReplyError
from loom_app.actions.types import load_action
from loom_app.context.shortening import Done, gist_of, told_as
from loom_app.kernel.clock import now
from loom_app.pair import repository
from loom_app.pair.prompt import first_prompt, next_prompt
from loom_app.runs.models import Turn
from loom_app.runs.recording import stored
from loom_app.runs.toolcalls import answered
from loom_app.runs.workplace import Job


async def hear(tx: AsyncSession, job: Job, message: str, system: str, form: str, rounds: int) -> tuple[int, bool]:
    """Writes the turn in which the model is told `message`; its number, and whether it is a new one.

    What was asked last and never answered, said once more, is asked in the turn it has.
    """
    last = await repository.last(tx, job.run.id)
    if last is None:
        prompt = first_prompt(job, message)
        tx.add(Turn(run_id=job.run.id, number=1, system_prompt=system, prompt=prompt, format=form, asked_at=now()))
        return 1, True
    if await _is_again(tx, last, message):
        last.fault = last.shortfall = ""
        last.format = form
    (await repository.turn(tx, job.run.id, 1)).system_prompt = system
    if await _is_again(tx, last, message):
        return last.number, False
    done = [
        (load_action(row.type, row.parameters), result)
        for row in await repository.actions(tx, job.run.id, last.number)
        if (result := stored(row)) is not None
    ]
    prompt = next_prompt(job, message, [result for _, result in done], rounds)
    tx.add(following(last, prompt, form, done, said=message))
    return last.number + 1, True


async def _is_again(tx: AsyncSession, last: Turn, message: str) -> bool:
    if last.replied_at is not None or last.said:
        return False
    heard = await repository.last_message(tx, last.run_id)
    return heard is not None and (heard.heard_turn, heard.text) == (last.number, message)


def following(
    last: Turn, prompt: str, form: str, done: Sequence[Done], *, said: str = "", notes: str = "",
    fault: ReplyError | None = None,
) -> Turn:  # fmt: skip
    """The turn after `last`, of which the gist is kept with what the model hears next."""
    gist = gist_of(done, last.reply or "", notes=notes, fault=fault.fault if fault else "")
    last.gist = told_as(gist, done, prompt, said=said).as_json()
    made = Turn(run_id=last.run_id, number=last.number + 1, prompt=prompt, format=form, asked_at=now())
    made.tool_results = answered(last.tool_calls, fault, [result for _, result in done], prompt)
    return made
