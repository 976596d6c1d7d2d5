"""The second half of a turn: what the reply asks for is done, each action once, and the model is told of it."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions import results as outcome
from loom_app.actions.context import ActionContext
from loom_app.actions.execute import execute
from loom_app.actions.faults import ReplyError
from loom_app.actions.feedback import feedback
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult
from loom_app.actions.types import Reply, load_action
from loom_app.config import Settings
from loom_app.context.facts import progress_of_facts
from loom_app.context.gist import Gist, gist_from
from loom_app.context.shortening import Done, gist_of, told_as
from loom_app.egress.book import in_words
from loom_app.events.service import append
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import vault_of
from loom_app.runs import guard, instructing, repository, service, testing, wire
from loom_app.runs.control import Verdict, after_fault, after_turn
from loom_app.runs.ending import Ending, end
from loom_app.runs.hands import Hands, PullSite
from loom_app.runs.hearing import with_news
from loom_app.runs.loops import WINDOW, Finding, look
from loom_app.runs.models import ActionStatus, RunAction, Turn
from loom_app.runs.recording import stored
from loom_app.runs.toolcalls import answered
from loom_app.runs.tracing import digests_of, history
from loom_app.runs.workplace import Job, job_of, worktree_of
from loom_app.temporal_language.engine import Engine


async def act(
    db: Database, settings: Settings, run_id: str, number: int, pulls: PullSite | None = None,
    engine: Engine | None = None,
) -> int | None:  # fmt: skip
    """Carries out the reply of turn `number`; answers the next turn's number, None when the run is over.

    Safe to repeat: an action whose result is stored is not run again, and one that was cut off is run again only if
    that does no harm.
    """
    async with db.read() as tx:
        job = await job_of(tx, run_id)
        outlines = await repository.outlines(tx, run_id)
        turn = await repository.turn(tx, run_id, number)
        secrets = await gitaccess.known_secrets(tx, vault_of(db), job.project.id)
    if turn is None or len(outlines) > number:
        return number + 1
    hands = Hands(db, settings, job, worktree_of(db, job, settings), pulls, secrets)
    asked = await instructing.carry_out(db, settings, engine, run_id, number)
    try:
        reply = wire.read(turn)
    except ReplyError as fault:
        if asked and fault.kind in instructing.SAYS_NOTHING_ELSE:
            verdict = after_turn(number, Finding(), instructing.GO_ON, settings.runs.max_turns)
            return await _go_on(hands, turn, verdict, gist_of([], turn.reply or ""))
        form = wire.form_after(job.provider, turn, fault)
        fault.message = fault.told_in(form)
        async with db.read() as tx:
            turns = await repository.turns(tx, run_id)
        found = await _circles(db, run_id, outlines)
        verdict = after_fault(turns, fault, settings.runs.max_turns, wire.faults_before(turns), found)
        gist = gist_of([], turn.reply or "", fault=fault.fault)
        unable = wire.calls_nothing(job.provider, turns, fault)
        return await _go_on(hands, turn, verdict, gist, fault=fault, form=form, unable=unable)
    results = await perform(hands, turn, reply)
    if outcome.ending(results):
        waiting = outcome.ending(results) != "completed"
        await service.close_worktree(db, settings, run_id, keep_branch=waiting or service.keeps_branch(job))
        return None
    done = list(zip(reply.actions, results, strict=False))
    gist = gist_of(done, turn.reply or "", notes=reply.notes)
    known = [fact for earlier in outlines[:-1] for fact in gist_from(earlier.gist).facts]
    progress = progress_of_facts([*known, *gist.facts])
    told = feedback(results, number, settings.runs.max_turns, notes=reply.remarks, progress=progress)
    found = await _circles(db, run_id, outlines)
    verdict = after_turn(number, found, told, settings.runs.max_turns)
    return await _go_on(hands, turn, verdict, gist, done, notes=reply.notes)


async def _circles(db: Database, run_id: str, outlines: Sequence[Any]) -> Finding:
    """Whether the run goes in circles, by what its turns up to this one did."""
    async with db.read() as tx:
        rows = await repository.deeds(tx, run_id, since=len(outlines) - WINDOW)
    return await asyncio.to_thread(look, history(outlines, rows))


async def perform(hands: Hands, turn: Turn, reply: Reply) -> list[ActionResult]:
    """The results of the reply's actions in order, none run twice."""
    rows, begun = await _planned(hands, turn, reply)
    context = hands.context()
    results: list[ActionResult] = []
    for row, following in zip_longest(rows, rows[1:]):
        action = load_action(row.type, row.parameters)
        known = stored(row)
        if known is None:
            refused = outcome.refusal(action, results)
            known = outcome.skipped(action, refused) if refused else await hands.refused(action)
            known = known or await _carry_out(hands, row, action, context, is_begun=row.position == begun)
            results.append(known)
            if not outcome.ending(results):
                begun = await _finish(hands, row, known, await _free(hands, following, results))
        else:
            results.append(known)
    return results


async def _carry_out(
    hands: Hands, row: RunAction, action: ActionModel, context: ActionContext, *, is_begun: bool
) -> ActionResult:
    if not is_begun:
        if row.status == ActionStatus.STARTED and action.effect == "once" and not action.keyed:
            return outcome.interrupted(action)
        await _begin(hands, row)
    return await execute(action, context.at(row.turn, row.position))


async def _free(hands: Hands, row: RunAction | None, results: Sequence[ActionResult]) -> RunAction | None:
    """`row`, when nothing keeps it from being run after these results."""
    if row is None or row.status != ActionStatus.PENDING:
        return None
    action = load_action(row.type, row.parameters)
    return None if outcome.refusal(action, results) or await hands.refused(action) else row


async def _planned(hands: Hands, turn: Turn, reply: Reply) -> tuple[Sequence[RunAction], int | None]:
    """The rows of the turn's actions, written before the first one runs; the position of the one begun with that."""
    async with hands.db.write() as tx:
        await guard.held(tx, turn.run_id, hands.settings.runs.lease_seconds)
        rows = await repository.actions(tx, turn.run_id, turn.number)
        if rows:
            return rows, None
        await guard.check(tx, turn.run_id)
        rows = [_row(turn, position, action) for position, action in enumerate(reply.actions)]
        tx.add_all(rows)
        _mark_begun(tx, hands.job, rows[0])
    return rows, 0


def _row(turn: Turn, position: int, action: ActionModel) -> RunAction:
    return RunAction(
        run_id=turn.run_id, turn=turn.number, position=position, type=action.name, parameters=action.parameters()
    )


async def _begin(hands: Hands, row: RunAction) -> None:
    async with hands.db.write() as tx:
        await guard.held(tx, row.run_id, hands.settings.runs.lease_seconds)
        await guard.check(tx, row.run_id)
        _mark_begun(tx, hands.job, await tx.merge(row))


def _mark_begun(tx: AsyncSession, job: Job, row: RunAction) -> None:
    row.status, row.started_at = ActionStatus.STARTED, now()
    _announce(tx, job, row, "run.action_started", {})


async def _finish(hands: Hands, row: RunAction, result: ActionResult, following: RunAction | None) -> int | None:
    """Stores a result and begins the action that follows; the position of that one, None when it did not begin."""
    digests = await asyncio.to_thread(digests_of, hands.tree.folder, result)
    async with hands.db.write() as tx:
        await guard.held(tx, row.run_id, hands.settings.runs.lease_seconds)
        fresh = await tx.get(RunAction, (row.run_id, row.turn, row.position), populate_existing=True)
        assert fresh is not None
        fresh.status, fresh.message, fresh.ended_at = ActionStatus(result.status), result.message, now()
        fresh.result = {"metadata": result.metadata, "ends": result.ends, **({"digests": digests} if digests else {})}
        await testing.note(tx, hands.job, result)
        told: dict[str, str] = {"status": result.status, "message": result.message[:300]}
        if network := in_words(result.metadata.get("network", ())):
            told["network"] = network[:1000]
        told.update((name, str(value)[:300]) for name, value in result.metadata.items() if name in ("risk", "rule"))
        _announce(tx, hands.job, row, "run.action_ended", told)
        if following is None or not await guard.may_go_on(tx, row.run_id):
            return None
        _mark_begun(tx, hands.job, await tx.merge(following))
        return following.position


def _announce(tx: AsyncSession, job: Job, row: RunAction, type_: str, more: Mapping[str, str]) -> None:
    data = {"run_id": row.run_id, "turn": row.turn, "position": row.position, "type": row.type, **more}
    actor = agent_actor(job.agent.id, job.agent.name, job.run.project_id)
    append(tx, type_, actor=actor, project_id=job.project.id, subject_id=job.bead.id, data=data)


async def _go_on(
    hands: Hands, turn: Turn, verdict: Verdict, gist: Gist, done: Sequence[Done] = (), *,
    fault: ReplyError | None = None, notes: str = "", form: str = "", unable: bool = False,
) -> int | None:  # fmt: skip
    """Writes the next turn, in `form`, or ends the run when the verdict says so.

    `unable` says that the model calls no functions, which its provider is remembered for.
    """
    async with hands.db.write() as tx:
        run = await guard.held(tx, turn.run_id, hands.settings.runs.lease_seconds)
        this = await repository.turn(tx, turn.run_id, turn.number)
        assert this is not None
        this.fault, this.notes = f"{turn.shortfall} {fault.message}".strip() if fault else "", notes
        if unable:
            await wire.fall_back(tx, hands.job.provider, turn.format, wire.WORDS_ONLY)
        this.gist = gist.as_json()
        if verdict.reason is None:
            prompt = await with_news(tx, hands.job, turn.number + 1, verdict.message)
            this.gist = told_as(gist, done, prompt, said=prompt.removesuffix(verdict.message).strip()).as_json()
            answers = answered(turn.tool_calls, fault, [result for _, result in done], prompt)
            following = Turn(run_id=turn.run_id, number=turn.number + 1, prompt=prompt, format=form or turn.format)
            following.tool_results = answers
            tx.add(following)
            return turn.number + 1
    diff = await service.diff_of(hands.tree)
    async with hands.db.write() as tx:
        run = await guard.held(tx, turn.run_id, hands.settings.runs.lease_seconds)
        await end(tx, run, Ending(verdict.reason, verdict.message, diff=diff), hands.settings)
    await service.close_worktree(hands.db, hands.settings, turn.run_id, keep_branch=False)
    return None
