"""What people said of the lines of a change: it goes along with the answer by which its agent goes on."""

from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.decisions import answers, repository
from loom_app.decisions.models import Decision
from loom_app.kernel.clock import now
from loom_app.reviews.models import ReviewComment


async def unsent(tx: AsyncSession, question: Decision) -> Sequence[ReviewComment]:
    """What was said of the change in question and no agent has read yet, oldest first."""
    if question.kind != answers.Kind.REVIEW or not question.run_id:
        return ()
    return await repository.unsent_remarks(tx, question.run_id)


def written(remarks: Sequence[ReviewComment]) -> list[str]:
    """Each as the agent reads it: path, line and text."""
    return [f"{one.path}:{one.line}{' (before)' if one.side == 'old' else ''}: {one.text}" for one in remarks]


def fitting(remarks: Sequence[ReviewComment], words: str) -> Sequence[ReviewComment]:
    """The first of them that reach an agent together with `words`; the others wait."""
    room = answers.LONGEST - len(words)
    lengths = accumulate(len(line) + 1 for line in written(remarks))
    return [one for one, length in zip(remarks, lengths, strict=True) if length <= room]


def note_sent(answered: Decision, remarks: Sequence[ReviewComment]) -> None:
    """Keeps that the agent has them, where the answer took them along."""
    if answers.takes_remarks(answered.decision, answered.changes):
        for one in remarks:
            one.sent_at = now()
