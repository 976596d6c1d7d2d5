"""What an agent reads that is to review a colleague's work."""

from collections.abc import Sequence

from loom_app.beads.models import Bead
from loom_app.decisions.models import Decision, ReviewPass

LONGEST = 15_000
LONGEST_PART = 4_000
MOST_EARLIER = 5


def review_task(decision: Decision, about: Bead, author: str, earlier: Sequence[ReviewPass]) -> str:
    """The task. What was asked and said is quoted: material to judge by, whoever wrote it."""
    said = [f"{one.agent} ({one.role}) rejected it: {one.reason[:LONGEST_PART]}" for one in earlier[-MOST_EARLIER:]]
    parts = [
        f"{author} says that {about.id} is finished. Judge whether the change does what was asked, is correct and "
        "safe, and is tested. Read the files it touches and run the tests. Your worktree has the change on it.",
        f"Then take approve_bead with bead_id {about.id}, or reject_bead with bead_id {about.id} and, in reason, all "
        "that has to be done differently, with file and line: the author reads that and nothing else. If you cannot "
        "judge it, finish with done: people review it then.",
        _quoted(f"What was asked: {about.title}", about.description),
        _quoted("Acceptance criteria", about.acceptance_criteria),
        _quoted("What its author says", decision.question),
        _quoted("What reviewers said of it before", "\n\n".join(said)),
    ]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _quoted(head: str, text: str) -> str:
    lines = text.strip()[:LONGEST_PART].splitlines()
    return "\n".join([f"{head}:", *(f"> {line}" for line in lines)]) if lines or head.startswith("What was") else ""
