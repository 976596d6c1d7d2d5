"""What people say of a pull request on GitHub, taken to the agent as its next task."""

import re
from collections.abc import Set

from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.pullrequests import keeping, repository
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.reading import Review, approval_of, line_of, listed, review_of, run_in
from loom_app.reviews import service as reviews
from loom_app.runs.models import Run

PER_PAGE = 100
MOST_PAGES = 20
MOST_OPINIONS = 100
CALLS = re.compile(r"(?im)(?<![\w@/.-])@loom\b|^\s*/loom\b")
VERDICTS = ("APPROVED", "CHANGES_REQUESTED")


async def hear(db: Database, hub: GitHub, row: PullRequest, etags: dict[str, str]) -> bool:
    """Reads new reviews and comments. Whether one sent the work back to its agent.

    A review does, but for a bare approval. What is said in the conversation goes along with it; by itself it does
    where it calls: @loom anywhere, or /loom at the beginning of a line. Words of those who may not write to the
    repository, of bots and of the bead's own agents reach no agent.
    """
    judged = await _news(hub, f"/pulls/{row.number}/reviews", "reviews", row.review_page, etags)
    spoken = await _news(hub, f"/issues/{row.number}/comments", "talk", row.talk_page, etags)
    if judged is None and spoken is None:
        return False
    (page, seen), (talk_page, talk) = judged or (row.review_page, []), spoken or (row.talk_page, [])
    opinions = _opinions(row.opinions, seen)
    async with db.write() as tx:
        told = {"opinions": opinions, "approval": approval_of(opinions.values())}
        await keeping.noted(tx, row.id, **told, review_page=page, talk_page=talk_page)
    async with db.read() as tx:
        own = await repository.runs_of(tx, row.bead_id)
    fresh = [one for one in seen if one.id > row.heard and one.says_so]
    said = [one for one in talk if one.id > row.talk_heard and one.says_so]
    asks = [(one.author, text) for one in fresh if (text := await _asked(hub, row, one, own))]
    talked = [one for one in said if one.text and one.run not in own]
    if asks or any(CALLS.search(one.text) for one in talked):
        asks += [(one.author, one.text) for one in talked]
    taken = await _take(db, row, fresh, said if asks else [], asks)
    if not taken:
        etags.pop("reviews", None)
        etags.pop("talk", None)
    return taken and bool(asks)


async def _news(hub: GitHub, path: str, name: str, page: int, etags: dict[str, str]) -> tuple[int, list[Review]] | None:
    """The last page that was not full and those after it, oldest first; None where nothing has changed."""
    seen, changed = list[Review](), False
    for _ in range(MOST_PAGES):
        answer = await hub.get(path, etag=_tag(etags, name, page), per_page=PER_PAGE, page=page)
        if not answer.changed:
            break
        told = listed(hub, answer.body)
        changed, etags[name] = True, f"{page} {answer.etag}"
        seen += [review_of(one) for one in told]
        if len(told) < PER_PAGE:
            break
        page += 1
    return (page, seen) if changed else None


async def _asked(hub: GitHub, row: PullRequest, review: Review, own: Set[str]) -> str:
    """What a review asks for: its words and those on lines, without the `own` runs'; "" for an approval or nothing."""
    if review.state not in ("CHANGES_REQUESTED", "COMMENTED") or review.run in own:
        return ""
    said = await hub.get(f"/pulls/{row.number}/reviews/{review.id}/comments", per_page=PER_PAGE)
    lines = [line_of(one) for one in listed(hub, said.body) if run_in(str(one.get("body") or "")) not in own]
    words = "\n".join(part for part in (review.text, *lines) if part)
    return words or ("Changes are asked for, without a word." if review.state == "CHANGES_REQUESTED" else "")


async def _take(
    db: Database, row: PullRequest, fresh: list[Review], said: list[Review], asks: list[tuple[str, str]]
) -> bool:
    """Takes what is asked for to the agent, where its work waits for that; else it is left to be read again."""
    if not (fresh or said):
        return True
    async with db.write() as tx:
        run = await tx.get_one(Run, row.run_id, populate_existing=True)
        if not await reviews.is_for_review(tx, run):
            return False
        heard, talk_heard = (max([before, *(one.id for one in new)]) for before, new in (
            (row.heard, fresh), (row.talk_heard, said)
        ))  # fmt: skip
        await keeping.noted(tx, row.id, heard=heard, talk_heard=talk_heard)
        if asks:
            by = asks[-1][0] or "somebody"
            who = Actor("system", f"github:{by}", f"{by} on GitHub", frozenset())
            words = "\n\n".join(f"{author} said on GitHub:\n{text}" for author, text in asks)
            await reviews.hear(tx, run.id, f"Review of {row.called}. {words}", actor=who)
    return True


def _opinions(before: dict[str, str], seen: list[Review]) -> dict[str, str]:
    """The last verdict of each reviewer who may write; a dismissed one counts no more."""
    now = dict(before)
    for one in seen:
        if one.says_so and one.state in VERDICTS:
            now[one.author] = one.state
        elif one.state == "DISMISSED":
            now.pop(one.author, None)
    return dict(list(now.items())[-MOST_OPINIONS:])


def _tag(etags: dict[str, str], name: str, page: int) -> str:
    known, _, etag = etags.get(name, "").partition(" ")
    return etag if known == str(page) else ""
