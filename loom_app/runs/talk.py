"""What a turn's prompt is made of: the run so far, within what the model can take in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.protocol import ENVELOPE
from loom_app.config import Runs
from loom_app.context import sizes
from loom_app.context.fitting import Fitted, Talk
from loom_app.context.gist import Step, gist_from
from loom_app.context.marks import Marks, marks_from
from loom_app.providers.errors import ProviderError
from loom_app.providers.modelnames import parse
from loom_app.providers.models import Provider
from loom_app.runs import repository
from loom_app.runs.toolcalls import Exchange

ANSWER_PART = 4
"""An answer may have at most one part in so many of the model's context."""
LEAST_ANSWER = 16
SOFTEST, HARDEST = 0.7, 0.25
"""How much of what was sent is sent next after the model's context overflowed, at most and at least."""
MARGIN = 0.95
LEAST_BYTES = 2_000
"""With less than this nothing useful can be asked."""


@dataclass(frozen=True)
class Limits:
    """Tokens that a prompt and its answer may have."""

    prompt: int
    answer: int


def limits_of(runs: Runs, provider: Provider) -> Limits:
    """What the settings and the model allow; its context is known from its provider, else from its name."""
    window = provider.context_window or parse(provider.model).context or runs.context_tokens
    whole = min(runs.context_tokens, window)
    answer = max(LEAST_ANSWER, min(runs.max_output_tokens, whole // ANSWER_PART))
    return Limits(max(0, whole - answer), answer)


@dataclass(frozen=True)
class Conversation:
    """A run up to the prompt of turn `number`, which asks in `form`; its system prompt tells of `told_form`.

    `most` is in bytes, `learned` how many the model took after its context had overflowed.
    """

    number: int
    talk: Talk
    marks: Marks
    ratio: float
    limits: Limits
    learned: int | None = None
    told_form: str = ENVELOPE
    form: str = ENVELOPE
    called: Sequence[Exchange] = ()
    """The turns in which functions were called."""

    def with_system(self, system: str) -> "Conversation":
        """The same with another system prompt."""
        return replace(self, talk=replace(self.talk, system=system))

    @property
    def most(self) -> int:
        """Bytes that may be sent."""
        allowed = sizes.room(self.limits.prompt, self.ratio)
        return allowed if self.learned is None else min(allowed, self.learned)

    def fitted(self, most: int) -> Fitted:
        """The messages within `most` bytes."""
        return self.talk.fitted(most, self.marks)

    def record(self, sent: Fitted, learned: int | None) -> dict[str, Any]:
        """What is kept of how the prompt was fitted, for people and for the next turn."""
        kept = {
            "limit": self.limits.prompt,
            "estimate": sizes.tokens(sent.size, self.ratio),
            "bytes": sent.size,
            "shortened": sent.shortened,
            "cut": sent.is_cut,
            "marks": sent.marks.as_json(),
            "learned": learned,
        }
        return {name: value for name, value in kept.items() if value}


async def conversation_of(
    tx: AsyncSession, run_id: str, number: int, runs: Runs, provider: Provider
) -> Conversation | None:
    """The run up to the prompt of turn `number`; None where that is answered already.

    Of turns that were condensed before only the gist is read.
    """
    rows = await repository.gists(tx, run_id, number)
    if rows[-1].replied_at is not None:
        return None
    known = rows[-2].context if len(rows) > 1 else {}
    marks = marks_from(known.get("marks"))
    texts = await repository.texts(tx, run_id, after=marks.condensed, upto=number)
    steps = [
        Step(row.number, texts[row.number].reply or "", texts[row.number + 1].prompt, gist_from(row.gist))
        if row.number > marks.condensed
        else Step(row.number, "", "", gist_from(row.gist))
        for row in rows[:-1]
    ]
    reports = [(row.tokens_input, row.context.get("bytes", 0)) for row in rows[:-1] if not row.tokens_estimated]
    talk = Talk(texts[1].system_prompt, texts[1].prompt, steps)
    return Conversation(
        number, talk, marks, sizes.ratio_of(reports), limits_of(runs, provider), known.get("learned"),
        texts[1].format or ENVELOPE, texts[number].format or ENVELOPE, _called(texts, number),
    )  # fmt: skip


def _called(texts: Mapping[int, Any], upto: int) -> list[Exchange]:
    pairs = ((texts[number], texts[number + 1]) for number in sorted(texts) if number < upto and number + 1 in texts)
    return [
        Exchange(row.reply, after.prompt, row.tool_calls, row.said, after.tool_results)
        for row, after in pairs
        if row.tool_calls and after.tool_results
    ]


def after_overflow(error: ProviderError, sent: int, answer: int) -> int:
    """How many bytes to send when `sent` were too many. Raises `error` when it says something else, or nothing is left.

    Where the provider tells its limit and its count, these say how much less is enough.
    """
    if error.kind != "context_overflow":
        raise error
    context, counted = error.extra.get("context_tokens"), error.extra.get("prompt_tokens")
    part = SOFTEST
    if context and counted:
        part = MARGIN * (context - min(answer, context // ANSWER_PART)) / counted
    most = int(sent * min(SOFTEST, max(HARDEST, part)))
    if most < LEAST_BYTES:
        raise error
    return most
