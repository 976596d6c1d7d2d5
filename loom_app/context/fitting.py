"""Fits a conversation into a number of bytes: the same turns, marks and room always give the same messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from loom_app.context.gist import Step, replaced
from loom_app.context.marks import Marks, harder
from loom_app.context.sizes import MESSAGE_BYTES, shrunk, size, size_of
from loom_app.context.summary import gap, said_in, summary_of

PARTS, FILLED, SUMMARY = 4, 2, 1
"""Of so many parts of what is left for the past, how many are used after condensing, and the summary's of these."""
SUMMARY_MOST = 24_000
STANDING = 0.6
"""How much of the whole system prompt and task may take together, so that something is left for the past."""
SYSTEM_LEAST, TASK_LEAST, SAID_LEAST = 4, 8, 8
"""One part in so many of the whole is kept for each when everything has to be cut."""
CUT_BEGINS = "##"
"""How every piece that may be cut begins, whatever was put before it since."""
EMPTY = "(no answer)"
"""Stands for an empty reply, which many providers do not take back."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent. `marks` are where the next turn goes on from; `condensed` and `shortened` count turns.

    `size` is in bytes; `is_cut` says that system prompt, task or newest message are not told whole.
    """

    messages: list[dict[str, Any]]
    marks: Marks
    size: int
    condensed: int
    shortened: int = 0
    is_cut: bool = False


@dataclass(frozen=True)
class Talk:
    """A conversation: who the model is, its task, and the turns since, numbered from 1.

    The texts of turns that were condensed before may be empty.
    """

    system: str
    task: str
    steps: Sequence[Step] = ()

    def fitted(self, most: int, before: Marks) -> Fitted:
        """The messages within `most` bytes, condensed no less than `before` says. More room never tells less."""
        task = shrunk(self.task, max(most // TASK_LEAST, int(most * STANDING) - size(self.system)))
        return _Fitting(self.system, task, self.steps, most, is_cut=task != self.task).done(before)


@dataclass(frozen=True)
class _Fitting:
    system: str
    task: str
    steps: Sequence[Step]
    most: int
    is_cut: bool
    known: dict[int, list[int]] = field(default_factory=dict)

    def done(self, before: Marks) -> Fitted:
        left = self.most - self.fixed
        if left < 0:
            return self.squeezed(before)
        if self.takes(before, before.room) <= self.most:
            return self.told(before)
        part = left // PARTS
        wanted, summary = self.fixed + part * FILLED, min(SUMMARY_MOST, part * SUMMARY)
        for marks in harder(before, len(self.steps)):
            room = before.room if marks.condensed == before.condensed else summary
            if self.takes(marks, room) <= wanted:
                return self.told(replace(marks, room=room))
        return self.squeezed(before)

    @cached_property
    def newest(self) -> str:
        return self.steps[-1].told if self.steps else ""

    @cached_property
    def said(self) -> str:
        return said_in(self.steps)

    @cached_property
    def fixed(self) -> int:
        """Bytes of what is always told."""
        return sum(size(text) + MESSAGE_BYTES for text in (self.system, self.task, self.said, self.newest))

    def takes(self, marks: Marks, room: int) -> int:
        """Bytes of the messages with these marks, at most."""
        short, settled = self.shorts, self.settled_to(marks.settled)
        between = short[marks.shortened] - short[marks.condensed]
        return self.fixed + room * bool(marks.condensed) + between + settled[-1] - settled[marks.shortened]

    @cached_property
    def shorts(self) -> list[int]:
        return self.sizes(Marks(0, len(self.steps), len(self.steps)))

    def settled_to(self, settled: int) -> list[int]:
        if settled not in self.known:
            self.known[settled] = self.sizes(Marks(0, 0, settled))
        return self.known[settled]

    def sizes(self, marks: Marks) -> list[int]:
        """Bytes of the first so many turns with these marks, but for the newest message."""
        each = [sum(size(text) + MESSAGE_BYTES for text in texts) for texts in self.rendered(marks)]
        if each:
            each[-1] -= size(self.newest) + MESSAGE_BYTES
        return [0, *accumulate(each)]

    def rendered(self, marks: Marks) -> list[tuple[str, str]]:
        """Reply and what came of it of every turn, as it is told with these marks; the newest message is whole."""
        gone = replaced(self.steps, marks.settled)
        told = [(_reply(step, marks), _told(step, marks, gone)) for step in self.steps[marks.condensed :]]
        return [*told[:-1], (told[-1][0], self.newest)] if told else []

    def told(self, marks: Marks) -> Fitted:
        summary = summary_of(self.steps[: marks.condensed], marks.room) if marks.condensed else ""
        everything = marks.condensed == len(self.steps)
        first = "\n\n".join(part for part in (self.task, summary, self.newest if everything else "") if part)
        messages = [_message("system", self.system), _message("user", first)]
        for reply, told in self.rendered(marks):
            messages += [_message("assistant", reply or EMPTY), _message("user", told)]
        shortened = max(0, marks.shortened - marks.condensed)
        return Fitted(messages, marks, size_of(messages), marks.condensed, shortened, self.is_cut)

    def squeezed(self, before: Marks) -> Fitted:
        """Without the past, and with each part cut to its share where even that is not enough: the newest one last."""
        notice = gap(self.steps)
        left = whole = max(0, self.most - size(notice) - 4 * MESSAGE_BYTES)
        shares = {"system": whole // SYSTEM_LEAST, "task": whole // TASK_LEAST, "said": whole // SAID_LEAST}
        texts = {"system": self.system, "task": self.task, "said": self.said, "newest": self.newest}
        cut: dict[str, str] = {}
        for name in ("newest", "said", "system", "task"):
            others = sum(min(size(texts[other]), shares[other]) for other in shares if other not in {*cut, name})
            cut[name] = shrunk(texts[name], left - others)
            left -= size(cut[name])
        first = "\n\n".join(part for part in (cut["task"], notice, cut["said"], cut["newest"]) if part)
        messages = [_message("system", cut["system"]), _message("user", first)]
        is_cut = self.is_cut or any(cut[name] != texts[name] for name in texts)
        return Fitted(messages, before, size_of(messages), len(self.steps), is_cut=is_cut)


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _reply(step: Step, marks: Marks) -> str:
    return (step.number <= marks.shortened and step.gist.reply) or step.reply


def _told(step: Step, marks: Marks, gone: frozenset[tuple[int, str]]) -> str:
    """What came of a turn, cut where it is old or was replaced; a cut that does not fit the text is left alone."""
    if step.number > max(marks.shortened, marks.settled):
        return step.told
    told, place = [], 0
    for cut in step.gist.cuts:
        is_due = step.number <= marks.shortened or (step.number, cut.subject) in gone
        if is_due and step.told.startswith(CUT_BEGINS, cut.start):
            told += [step.told[place : cut.start], cut.short]
            place = cut.end
    return "".join([*told, step.told[place:]])
