"""What a pull request is called and says of itself."""

import re
from collections.abc import Iterable

from loom_app.kernel.money import dollars
from loom_app.kernel.redaction import scrub
from loom_app.projects.models import Project
from loom_app.runs.models import ActionStatus, RunAction
from loom_app.runs.workplace import Job

LONGEST_TITLE = 200
LONGEST_TEXT = 30_000
CREATE = "create_pr"
SIGNED = "Made by Loom. What reviewers ask for, here or in a review, goes to the agent."
CALLS = re.compile(r"(?<![\w/])([@#])(?=\w)")
"""What GitHub takes for a person to tell or an issue to close."""


def described(job: Job, actions: Iterable[RunAction], address: str) -> dict[str, str]:
    """Title and body as GitHub takes them. `address` is where Loom shows the change, "" where that is nobody's."""
    wish = _wish(actions)
    title = plain(wish.get("pr_title") or job.bead.title)
    body = "\n\n".join(part for part in (plain(wish.get("pr_body") or job.run.message), _facts(job, address)) if part)
    return {"title": " ".join(title.split())[:LONGEST_TITLE] or job.bead.id, "body": body[:LONGEST_TEXT]}


def _wish(actions: Iterable[RunAction]) -> dict[str, str]:
    """What the agent asked for when it finished by asking for a pull request."""
    asked = [row for row in actions if row.type == CREATE and row.status == ActionStatus.EXECUTED]
    return {name: str(value) for name, value in asked[-1].parameters.items()} if asked else {}


def _facts(job: Job, address: str) -> str:
    rows = {
        "Bead": f"{job.bead.id}: {plain(job.bead.title)}",
        "Agent": plain(f"{job.agent.name} ({job.agent.role})" if job.agent.role else job.agent.name),
        "Run": f"[{job.run.id}]({address})" if address else job.run.id,
        "Turns and cost": f"{job.run.turn_count}, {dollars(job.run.cost_micros)}",
        "Tests": _tested(job.project) if job.project.test_command else "the project names none",
    }
    lines = [f"| {name} | {' '.join(text.split()).replace('|', chr(92) + '|')} |" for name, text in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines, "", SIGNED])


def _tested(project: Project) -> str:
    command = scrub(project.test_command).replace("`", "'")
    how = f"no worse than `{project.branch}`, which fails by itself" if project.branch_red else "passed"
    return f"`{command}` on top of `{project.branch}`: {how}"


def plain(text: str) -> str:
    """`text` without secrets, calling nobody and closing nothing on GitHub."""
    return CALLS.sub("\\1\u200b", scrub(text)).strip()
