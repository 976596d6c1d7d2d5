"""The demo's product manager: turns the PRD of a bootstrap into an epic and stories, by the PRD's own words.

What was filed already is read from the conversation, so that nothing is remembered between requests.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loom_app.demo import stories
from loom_app.demo.brief import Plan, Story, read
from loom_app.demo.script import envelope

BEGINS, ENDS = "===== PRD =====", "===== end of PRD ====="
FILE = "plans/BOOTSTRAP.md"
FILED = re.compile(
    r"^### create_bead — (?P<status>\w+)\n\n(?:bead (?:created|filed before[^:\n]*): bead_id `+(?P<id>[^`\s]+)`+)?",
    re.MULTILINE,
)
MOST_ACTIONS = 20
Action = Mapping[str, Any]


@dataclass(frozen=True)
class Filing:
    """One bead to be filed: its story and page, and the place, in the order of filing, of what it waits for or -1."""

    story: Story
    page: str
    waits_for: int


def prd_in(task: str) -> str:
    """The PRD that a task hands over; "" when it is another kind of task."""
    _, begun, rest = task.partition(f"\n{BEGINS}\n")
    return rest.rpartition(f"\n{ENDS}")[0] if begun else ""


def reply(bead_id: str | None, task: str, said: Sequence[str], played: int) -> str:
    """The next turn: `said` is what the model was told after its turns, of which it has played so many."""
    plan = read(prd_in(task))
    ids = [found["id"] or "" for text in said for found in FILED.finditer(text)]
    if not played:
        return envelope([{"type": "read_file", "path": FILE}], "First I read the PRD as it stands in the repository.")
    if not ids:
        return envelope([_epic(plan, bead_id)], f"The PRD asks for {len(plan.stories)} things. They get one epic.")
    return _next(plan, ids[0], ids[1:])


def _next(plan: Plan, epic: str, filed: list[str]) -> str:
    """The stories whose turn it is: those that wait for none that is yet to be filed."""
    filings = _in_order(plan)
    ready = [at for at in range(len(filed), len(filings)) if filings[at].waits_for < len(filed)][:MOST_ACTIONS]
    if ready:
        actions = [_story(filings[at], epic, filed) for at in ready]
        return envelope(actions, "Stories that others stand on come first, so that these can name them.")
    left = f" {plan.left} more of its points are left for later." if plan.left else ""
    reason = f"The PRD is an epic, {epic}, with {len(filed)} stories of its own words.{left}"
    return envelope(
        [{"type": "done", "reason": reason}], "Each story says when it is done; I write them down, no more."
    )


def _in_order(plan: Plan) -> list[Filing]:
    """The first story, then the first of each further section, then the rest; each waits for the one before it."""
    first = {story.section: story for story in reversed(plan.stories)}
    every = list(zip(plan.stories, stories.pages(story.title for story in plan.stories), strict=True))
    heads = [(story, page) for story, page in every if first[story.section] is story]
    opening = [Filing(story, page, 0 if place else -1) for place, (story, page) in enumerate(heads)]
    places = {story.section: place for place, (story, _) in enumerate(heads)}
    rest = [Filing(story, page, places[story.section]) for story, page in every if first[story.section] is not story]
    return opening + rest


def _epic(plan: Plan, bead_id: str | None) -> Action:
    """It waits for the planning itself, so that nobody begins before the plan is whole."""
    pages = stories.pages(story.title for story in plan.stories)
    listed = "\n".join(
        f"- [{story.title}]({page.rpartition('/')[2]})" for story, page in zip(plan.stories, pages, strict=True)
    )
    draft = {
        "title": plan.title, "type": "epic", "priority": 1, "tags": ["prd"],
        "description": f"{plan.about}\n\nThe PRD is {FILE}.\n\n{stories.promise('their list', stories.LIST)}".strip(),
        "acceptance_criteria": f"All of these have a page that says what is asked for and when it is done:\n\n{listed}",
        "blocked_by": [bead_id] if bead_id else [],
    }  # fmt: skip
    return {"type": "create_bead", "bead": draft}


def _story(filing: Filing, epic: str, filed: list[str]) -> Action:
    story = filing.story
    points = story.points or [f"It does what the PRD says: “{story.text or story.title}”"]
    head = f"From the PRD, “{story.section}”" if story.section else "From the PRD"
    waits_for = filed[filing.waits_for] if filing.waits_for >= 0 else ""
    draft = {
        "title": story.title, "type": "task", "priority": 2, "tags": ["prd"], "parent": epic,
        "description": f"{head} ({FILE}):\n\n{story.text or story.title}\n\n{stories.promise('it down', filing.page)}",
        "acceptance_criteria": "\n".join(f"- {point}" for point in points),
        "blocked_by": [waits_for] if waits_for else [],
    }  # fmt: skip
    return {"type": "create_bead", "bead": draft}
