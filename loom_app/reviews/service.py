"""Looking at what a run changed: line by line, with comments that reach the agent, approved or sent back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import Bead, BeadStatus
from loom_app.decisions import answers, escalation, passes, remarks
from loom_app.decisions import comments as decision_comments
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.decisions.schemas import ReviewPassView
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.reviews import repository
from loom_app.reviews.changes import Change, read_changes
from loom_app.reviews.merging import send_back
from loom_app.reviews.models import Revert, RevertStatus, ReviewComment
from loom_app.reviews.schemas import ChangeView, DiffView, LineComment, RevertView, Review, ReviewState
from loom_app.runs import service as runs
from loom_app.runs.ending import review_of
from loom_app.runs.models import Run, RunStatus, TerminalReason

FOLD_LINES = 400
"""A file with more changed lines than this is folded."""
MOST_COMMENTS = 500
"""On one run."""


async def diff(tx: AsyncSession, run_id: str, *, actor: Actor, path: str | None = None) -> DiffView:
    """What a run changed; large files folded, or the one at `path` alone and whole. Raises NotFound."""
    run = await runs.get(tx, run_id, actor=actor)
    changes = [change for change in read_changes(run.diff) if path in (None, change.path)]
    if path is not None and not changes:
        raise NotFound(f"Run {run_id} did not change {path[:200]!r}.", code="file_not_changed")
    files = [ChangeView.of(change, folded=path is None and _is_large(change)) for change in changes]
    return DiffView(
        run_id=run.id, bead_id=run.bead_id, branch=run.branch, commit_hash=run.commit_hash, files=files,
        added=sum(file.added for file in files), removed=sum(file.removed for file in files),
        cut=run.diff.rstrip().endswith("more characters are not kept"), review=await state(tx, run),
    )  # fmt: skip


async def state(tx: AsyncSession, run: Run) -> ReviewState:
    """Where the work of a run stands."""
    decision = await repository.newest_decision(tx, run.id)
    revert = await tx.get(Revert, run.id)
    return ReviewState(
        run_id=run.id, state=_state(run, decision), decision_id=decision.id if decision else "", message=run.message,
        revert=RevertView.model_validate(revert) if revert else None,
        passes=[ReviewPassView.of(given, is_due=is_due) for given, is_due in await passes.about(tx, run_id=run.id)],
    )  # fmt: skip


def _state(run: Run, decision: Decision | None) -> str:
    if run.status == RunStatus.FINISHED:
        return "landed" if run.commit_hash else "none"
    if run.status != RunStatus.WAITING or decision is None:
        return "none"
    if run.terminal_reason == TerminalReason.SENT_BACK:
        return "sent_back"
    if decision.status == DecisionStatus.OPEN:
        return "waiting"
    if answers.merges(decision):
        return "approved"
    return "sent_back" if answers.reopens(decision) else "denied"


async def comments(tx: AsyncSession, run_id: str, *, actor: Actor) -> Sequence[ReviewComment]:
    """What was said of a run's lines. Raises NotFound."""
    await runs.get(tx, run_id, actor=actor)
    return await repository.comments(tx, run_id)


async def comment(tx: AsyncSession, run_id: str, said: Sequence[LineComment], *, actor: Actor) -> list[ReviewComment]:
    """Says something of lines that the run's change shows. Raises NotFound, and Invalid for a line it does not show."""
    run = await runs.get(tx, run_id, actor=actor)
    known = {change.path: change for change in read_changes(run.diff)}
    for one in said:
        _check_line(known.get(one.path), one)
    if len(await repository.comments(tx, run_id)) + len(said) > MOST_COMMENTS:
        raise Conflict(f"Run {run_id} has {MOST_COMMENTS} comments already. Send it back.", code="too_many_comments")
    return await remarks.add(tx, run, [remarks.Remark(**one.model_dump()) for one in said], actor=actor)


async def review(tx: AsyncSession, run_id: str, given: Review, *, actor: Actor) -> ReviewState:
    """Approves the work of a run, which is merged next, or sends it back to its agent with everything said of it.

    Raises NotFound, Conflict when it does not wait for review or another said so first, Invalid for sending back
    without a word.
    """
    run = await runs.get(tx, run_id, actor=actor)
    if given.commit and given.commit != run.commit_hash:
        raise Conflict(
            f"The change was added to since: it stands at {run.commit_hash[:12]} now. Look at it again.",
            code="change_moved",
        )
    decision = await _waiting_decision(tx, run, actor)
    await comment(tx, run_id, given.comments, actor=actor)
    await _check_words(tx, run_id, given)
    why = given.comment or ("Approved." if given.verdict == answers.APPROVE else "")
    await decisions.decide(tx, decision.id, decider=actor, decision=given.verdict, rationale=why)
    await tx.flush()
    return await state(tx, run)


async def approved_at(tx: AsyncSession, run_id: str) -> datetime | None:
    """Since when the work of a run is to be merged as it stands; None where nobody has said so last."""
    found = await repository.newest_decision(tx, run_id)
    return found.decided_at if found is not None and answers.merges(found) else None


async def is_for_review(tx: AsyncSession, run: Run) -> bool:
    """Whether the work of a run waits for people's word or for being merged after it."""
    bead = await tx.get(Bead, run.bead_id, populate_existing=True)
    waits = run.status == RunStatus.WAITING and run.terminal_reason == TerminalReason.REVIEW
    blocked = bead is not None and bead.status == BeadStatus.BLOCKED
    return waits and blocked and await repository.is_newest(tx, run)


async def hear(tx: AsyncSession, run_id: str, said: str, *, actor: Actor) -> None:
    """Sends the work of a run back with what reviewers said elsewhere; `actor` stands for them."""
    found = await repository.newest_decision(tx, run_id)
    if found is not None and found.status == DecisionStatus.OPEN:
        why = said[: answers.LONGEST]
        await decisions.decide(tx, found.id, decider=actor, decision=answers.SEND_BACK, rationale=why)
    else:
        await send_back(tx, run_id, said[: answers.LONGEST])


async def ask_again(tx: AsyncSession, run_id: str, why: str) -> None:
    """Puts the work of a run before people once more, because of `why`; a question that is open hears it."""
    run = await tx.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    found = await repository.newest_decision(tx, run_id)
    if found is not None and found.status == DecisionStatus.OPEN:
        await decision_comments.add(tx, found.id, why, actor=SYSTEM)
    elif found is None or answers.merges(found):
        run.message = why
        await _ask(tx, run, await tx.get_one(Bead, run.bead_id, populate_existing=True), SYSTEM)


async def withdraw(tx: AsyncSession, run_id: str, why: str) -> None:
    """Takes back the open question about a run's work, if there is one: it was answered elsewhere."""
    found = await repository.newest_decision(tx, run_id)
    if found is not None and found.status == DecisionStatus.OPEN:
        await decisions.cancel(tx, found.id, reason=why, actor=SYSTEM)


async def ask_revert(tx: AsyncSession, run_id: str, reason: str, *, actor: Actor) -> Revert:
    """Has the landed work of a run taken back by a commit of its own, in the queue of the project.

    Raises NotFound, Conflict when it has not landed or is being taken back already.
    """
    run = await runs.get(tx, run_id, actor=actor)
    if run.status != RunStatus.FINISHED or not run.commit_hash:
        raise Conflict(f"The work of run {run_id} has not landed, so nothing can be taken back.", code="not_landed")
    known = await tx.get(Revert, run_id, with_for_update=True, populate_existing=True)
    if known is not None and known.status != RevertStatus.REFUSED:
        raise Conflict(
            f"{known.asker} has asked for that already; it is {known.status}.",
            code="already_reverted",
            status=known.status,
        )
    asked = Revert(run_id=run_id, project_id=run.project_id, reason=reason, asked_by=actor.id, asker=actor.name)
    asked = await tx.merge(asked)
    await tx.flush()
    data = {"run_id": run_id, "reason": reason[:300], "commit": run.commit_hash}
    append(tx, "run.revert_asked", actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)
    return asked


async def _waiting_decision(tx: AsyncSession, run: Run, actor: Actor) -> Decision:
    """The open question about the run's work; asked anew where its deadline passed or it was denied."""
    if run.status != RunStatus.WAITING or run.terminal_reason != TerminalReason.REVIEW:
        raise Conflict(
            f"Run {run.id} does not wait for review: {(run.message or run.status).rstrip('.')}.",
            code="nothing_to_review",
        )
    found = await repository.newest_decision(tx, run.id)
    if found is not None and (found.status == DecisionStatus.OPEN or _state(run, found) != "denied"):
        return found
    bead = await tx.get_one(Bead, run.bead_id, populate_existing=True)
    if bead.status != BeadStatus.BLOCKED or not await repository.is_newest(tx, run):
        raise Conflict(f"{bead.id} has moved on since; look at its newest run.", code="review_superseded")
    return await _ask(tx, run, bead, actor)


async def _ask(tx: AsyncSession, run: Run, bead: Bead, actor: Actor) -> Decision:
    question = review_of(run)
    asked = await decisions.open_decision(
        tx, kind=question.kind, bead=bead, run_id=run.id, question=question.text, options=question.options,
        requester_id=run.agent_id, returned_to=question.returned_to, actor=actor,
    )  # fmt: skip
    await escalation.set_aside(tx, asked)
    return asked


async def _check_words(tx: AsyncSession, run_id: str, given: Review) -> None:
    if given.verdict == answers.APPROVE or given.comment:
        return
    if all(one.sent_at for one in await repository.comments(tx, run_id)):
        raise Invalid("Say what is to be done differently, in `comment` or of lines.", code="review_empty")


def _check_line(change: Change | None, said: LineComment) -> None:
    if change is None or not change.has(said.side, said.line):
        raise Invalid(
            f"The change does not show line {said.line} of {said.path[:200]!r} on the side {said.side}. GET "
            "/api/v1/runs/{run_id}/diff has the lines it shows.",
            code="line_not_shown",
        )


def _is_large(change: Change) -> bool:
    return change.count("added") + change.count("removed") > FOLD_LINES
