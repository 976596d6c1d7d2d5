"""The demo's product manager: a PRD becomes an epic and stories in the PRD's own words, whatever it looks like."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.actions.kinds.beads import CreateBead, Done
from loom_app.actions.kinds.files import WriteFile
from loom_app.actions.kinds.git import GitCommit
from loom_app.actions.parsing import parse_reply
from loom_app.actions.types import MAX_ACTIONS
from loom_app.bootstrap import prd
from loom_app.demo import planning, stories
from loom_app.demo.answers import answer
from loom_app.demo.brief import MOST_STORIES, read
from loom_app.lifecycle.founding import WORKERS
from loom_app.runs.board import MOST_PLANNED_BEADS

PRD = """# Potluck

Dinner with friends.

## Goals
- Everybody is fed

## Guests
- **Sign up** with a name
  - An empty name is refused
- Say what they bring

## Shopping
- [ ] A list of `what` is missing; see [the site](https://example.org)

## Mail
Guests get a mail the day before.

## Non-goals
- Payments
"""


def filed(text: str) -> tuple[list[dict[str, Any]], str]:
    """Every bead the model files for a PRD, with its id, and why it says it is done: played turn by turn."""
    task = f"Bead: p-1\n\n## Description\n{prd.description('Potluck', prd.cleaned(text))}\n\n## Files\nplans/"
    messages = [{"role": "system", "content": "You are it."}, {"role": "user", "content": task}]
    beads: list[dict[str, Any]] = []
    for _ in range(20):
        reply = answer(messages)
        actions = parse_reply(reply).actions
        assert len(actions) == len(json.loads(reply)["actions"])
        blocks = []
        for action in actions:
            if isinstance(action, Done):
                return beads, action.reason
            if isinstance(action, CreateBead):
                beads.append({**action.bead.model_dump(), "id": f"p-x{len(beads)}"})
                told = f"bead created: bead_id `{beads[-1]['id']}`, title `{action.bead.title}`"
                blocks.append(f"### create_bead — executed\n\n{told}")
        assert len(blocks) <= MAX_ACTIONS
        messages += [{"role": "assistant", "content": reply}, {"role": "user", "content": "\n\n---\n\n".join(blocks)}]
    raise AssertionError("it never ended")


def test_headings_and_bullets_become_stories_of_one_epic() -> None:
    (epic, *stories), reason = filed(PRD)
    assert (epic["title"], epic["type"], epic["blocked_by"]) == ("Potluck", "epic", ["p-1"])
    assert {story["parent"] for story in stories} == {epic["id"]}
    assert {story["title"] for story in stories} == {
        "Sign up with a name", "Say what they bring", "A list of what is missing; see the site", "Mail",
    }  # fmt: skip
    by_title = {story["title"]: story for story in stories}
    first = by_title["Sign up with a name"]
    assert first["blocked_by"] == []
    assert "- An empty name is refused" in first["acceptance_criteria"]
    assert by_title["Say what they bring"]["blocked_by"] == [first["id"]]
    assert by_title["Mail"]["blocked_by"] == [first["id"]]
    assert "Guests get a mail the day before" in by_title["Mail"]["description"]
    assert all(story["acceptance_criteria"] for story in stories)
    assert "4 stories" in reason


@pytest.mark.parametrize(
    ("text", "title", "stories"),
    [
        ("Build a to-do app.", "Build a to-do app", ["Build a to-do app"]),
        ("Shop\n====\n\n1. Cart\n2) Pay\n", "Shop", ["Cart", "Pay"]),
        ("# Shop\n\n### Cart\nPeople fill it.\n### Pay\nBy card.\n", "Shop", ["Cart", "Pay"]),
        ("# Shop\n## Goals\n- Fast\n- Nice\n", "Shop", ["Fast", "Nice"]),
        ("# Users and goals\n- Sign in\n", "Users and goals", ["Sign in"]),
        ("# Shop\n```\n- code\n```\n- Cart\n- cart\n", "Shop", ["Cart"]),
        ("# Магазин\n* Корзина 🛒\n", "Магазин", ["Корзина 🛒"]),
    ],
)
def test_prds_of_all_shapes_are_read(text: str, title: str, stories: list[str]) -> None:
    plan = read(text)
    assert plan.title == title
    assert [story.title for story in plan.stories][-len(stories) :] == stories


def test_a_prd_that_asks_for_too_much_says_what_is_left() -> None:
    beads, reason = filed("# Big\n" + "".join(f"- Thing {number}\n" for number in range(100)))
    assert len(beads) == MOST_STORIES + 1 <= MOST_PLANNED_BEADS
    assert "more of its points" in reason


@given(st.text(alphabet=st.sampled_from("#-*=` \n\t1.[]()ab:é=PRD"), max_size=300))
def test_whatever_a_prd_looks_like_the_play_ends_and_its_beads_can_be_filed(text: str) -> None:
    if not prd.cleaned(text):
        return
    beads, _ = filed(text)
    assert len(beads) > 1
    for bead in beads:
        assert 0 < len(bead["title"]) <= 500
        assert bead["id"] not in bead["blocked_by"]


def test_each_story_becomes_a_page_in_the_prds_words_and_nobody_is_told_it_is_built() -> None:
    (epic, *tasks), _ = filed(PRD)
    pages = {}
    for bead in (*tasks, epic):
        task = (
            f"Bead: {bead['id']}\nTitle: {bead['title']}\n\n## Description\n{bead['description']}\n\n"
            f"## Acceptance criteria\n{bead['acceptance_criteria']}\n\n## Files\nplans/\n\nBegin. Answer with it."
        )
        messages = [{"role": "user", "content": task}]
        said: list[Any] = []
        for _ in range(3):
            said.append(answer(messages))
            messages += [{"role": "assistant", "content": said[-1]}, {"role": "user", "content": "Go on."}]
        [_, (write, commit), (done,)] = [parse_reply(reply).actions for reply in said]
        assert isinstance(write, WriteFile)
        assert isinstance(commit, GitCommit)
        assert isinstance(done, Done)
        assert "is not built" in done.reason
        pages[write.path] = write.content
    assert set(pages) == {
        "docs/stories/sign-up-with-a-name.md", "docs/stories/say-what-they-bring.md",
        "docs/stories/a-list-of-what-is-missing-see-the-site.md", "docs/stories/mail.md", "docs/stories/README.md",
    }  # fmt: skip
    assert pages["docs/stories/sign-up-with-a-name.md"] == (
        "# Sign up with a name\n\nFrom the PRD, “Guests” (plans/BOOTSTRAP.md):\n\nSign up with a name\n\n"
        f"## Done when\n\n- An empty name is refused\n\n{stories.UNBUILT}\n"
    )
    assert "- [Mail](mail.md)" in pages["docs/stories/README.md"]


def test_titles_that_look_alike_get_pages_of_their_own() -> None:
    assert stories.pages(["Cart!", "Cart?", "Корзина", "🛒", "Cart 2"]) == [
        "docs/stories/cart.md", "docs/stories/cart-2.md", "docs/stories/story.md", "docs/stories/story-2.md",
        "docs/stories/cart-2-2.md",
    ]  # fmt: skip


def test_a_task_of_another_kind_is_no_prd() -> None:
    assert planning.prd_in("Bead: p-1\n===== PRD =====") == ""
    assert (planning.BEGINS, planning.ENDS, planning.FILE) == (prd.BEGINS, prd.ENDS, prd.PLACE)
    assert "engineering-manager" not in WORKERS
