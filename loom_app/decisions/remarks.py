"""What people said of the lines of a change: it goes along with the answer by which its agent goes on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.decisions import answers, repository
from loom_app.decisions.models import Decision
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid
from loom_app.kernel.ids import new_id
from loom_app.reviews.changes import read_changes
from loom_app.reviews.models import ReviewComment


@dataclass(frozen=True)
class Remark:
    """Something to say of a line of a change, by its number on one `side`, `new` or `old`."""

    path: str
    line: int
    text: str
    side: str = "new"


class Changed(Protocol):
    """The run whose change is spoken of."""

    id: str
    bead_id: str
    project_id: str
    diff: str


def check(run: Changed, said: Sequence[Remark]) -> None:
    """Raises Invalid for a line that the change does not show."""
    known = {change.path: change for change in read_changes(run.diff)}
    for one in said:
        if one.path not in known or not known[one.path].has(one.side, one.line):
            raise Invalid(
                f"The change does not show line {one.line} of {one.path[:200]!r}. Say it of a line that it shows, by "
                "its number in the new file, or in the reason.",
                code="line_not_shown",
            )


async def add(tx: AsyncSession, run: Changed, said: Sequence[Remark], *, actor: Actor) -> list[ReviewComment]:
    """Says something of lines of a change, for people to see and, with the next answer, for its agent to read."""
    rows = [
        ReviewComment(id=new_id("rc"), run_id=run.id, author_id=actor.id, author=actor.name, **asdict(one))
        for one in said
    ]
    tx.add_all(rows)
    await tx.flush()
    for row in rows:
        data = {"run_id": run.id, "path": row.path[:200], "line": row.line, "text": row.text[:300]}
        append(tx, "run.commented", actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)
    return rows


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
