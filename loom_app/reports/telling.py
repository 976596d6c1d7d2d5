"""A report as it may be kept: without secrets, of a bounded size, in words for whoever takes up the bead."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.redaction import redacted, scrub
from loom_app.reports import fingerprint
from loom_app.reports.schemas import ErrorReport

READ, TITLE, MESSAGE, STACK, CONTEXT = 60_000, 200, 4_000, 20_000, 16_000
"""How many characters are read of a text, and kept of each. What is read is scrubbed before it is cut further, so that
no secret is cut into something that no longer shows as one."""
CUT = " […]"


@dataclass(frozen=True)
class Told:
    """An error as it is filed."""

    title: str
    description: str
    error_type: str
    context: dict[str, Any]
    fingerprint: str
    at: datetime


def told(report: ErrorReport) -> Told:
    """The report without secrets and of a bounded size; a time that is still to come is taken for now."""
    message, stack = _kept(report.message, MESSAGE), _kept(report.stack_trace, STACK)
    error_type, at = scrub(report.error_type), min(report.occurred_at or now(), now())
    title = _one_line(scrub(report.title)) or _one_line(": ".join(filter(None, (error_type, message))))
    return Told(
        title=title if len(title) <= TITLE else title[: TITLE - len(CUT)] + CUT,
        description=_description(report, error_type, message, stack, at),
        error_type=error_type,
        context=_bounded(redacted(report.context)),
        fingerprint=fingerprint.of(report.source, error_type, message or title, stack),
        at=at,
    )


def _kept(text: str, most: int) -> str:
    scrubbed = scrub(text[:READ]).strip()
    return scrubbed if len(scrubbed) <= most and len(text) <= READ else scrubbed[:most] + CUT


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def _description(report: ErrorReport, error_type: str, message: str, stack: str, at: datetime) -> str:
    facts = [f"- Source: {report.source}", f"- Severity: {report.severity}", f"- First seen: {rfc3339(at)}"]
    facts[:0] = [f"- Error: {_one_line(error_type)}"] if error_type else []
    parts = [_fenced(message), "\n".join(facts), _fenced(stack)]
    return "\n\n".join(part for part in parts if part)


def _fenced(text: str) -> str:
    """`text` as it is, for readers of Markdown: whoever reports an error does not write the page."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}" if text else ""


def _bounded(context: dict[str, Any]) -> dict[str, Any]:
    size = len(str(context))
    return context if size <= CONTEXT else {"left_out": f"{size:,} characters, more than the {CONTEXT:,} that are kept"}
