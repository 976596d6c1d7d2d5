"""What reviewers say on GitHub, taken to the agent as its next task."""

from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.pullrequests import keeping, repository
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.reading import Review, approval_of, line_of, listed, review_of
from loom_app.reviews import service as reviews
from loom_app.runs.models import Run

PER_PAGE = 100
MOST_PAGES = 20
MOST_OPINIONS = 100
VERDICTS = ("APPROVED", "CHANGES_REQUESTED")


async def hear(db: Database, hub: GitHub, row: PullRequest, etags: dict[str, str]) -> bool:
    """Reads new reviews. Whether one sent the work back to its agent: it asks for changes, or comments on lines.

    Words of those who may not write to the repository, of bots and of the bead's own agents reach no agent.
    """
    found = await _reviews(hub, row, etags)
    if found is None:
        return False
    page, seen = found
    opinions = _opinions(row.opinions, seen)
    async with db.write() as tx:
        told = {"opinions": opinions, "approval": approval_of(opinions.values()), "review_page": page}
        await keeping.noted(tx, row.id, **told)
    fresh = [one for one in seen if one.id > row.heard and one.says_so]
    async with db.read() as tx:
        own = await repository.runs_of(tx, row.bead_id)
    others = [one for one in fresh if one.run not in own]
    asks = [(one.author, text) for one in others if (text := await _asked(hub, row, one))]
    taken = await _take(db, row, fresh, asks)
    if not taken:
        etags.pop("reviews", None)
    return taken and bool(asks)


async def _reviews(hub: GitHub, row: PullRequest, etags: dict[str, str]) -> tuple[int, list[Review]] | None:
    """The last page that was not full and those after it, oldest first; None where nothing has changed."""
    page, seen, changed = row.review_page, list[Review](), False
    for _ in range(MOST_PAGES):
        answer = await hub.get(f"/pulls/{row.number}/reviews", etag=_tag(etags, page), per_page=PER_PAGE, page=page)
        if not answer.changed:
            break
        told = listed(hub, answer.body)
        changed, etags["reviews"] = True, f"{page} {answer.etag}"
        seen += [review_of(one) for one in told]
        if len(told) < PER_PAGE:
            break
        page += 1
    return (page, seen) if changed else None


async def _asked(hub: GitHub, row: PullRequest, review: Review) -> str:
    """What a review asks for: its words and those on lines; "" for an approval and for nothing."""
    if review.state not in ("CHANGES_REQUESTED", "COMMENTED"):
        return ""
    said = await hub.get(f"/pulls/{row.number}/reviews/{review.id}/comments", per_page=PER_PAGE)
    lines = [line_of(one) for one in listed(hub, said.body)]
    words = "\n".join(part for part in (review.text, *lines) if part)
    return words or ("Changes are asked for, without a word." if review.state == "CHANGES_REQUESTED" else "")


async def _take(db: Database, row: PullRequest, fresh: list[Review], asks: list[tuple[str, str]]) -> bool:
    """Takes what is asked for to the agent, where its work waits for that; else it is left to be read again."""
    if not fresh:
        return True
    async with db.write() as tx:
        run = await tx.get_one(Run, row.run_id, populate_existing=True)
        if not await reviews.is_for_review(tx, run):
            return False
        await keeping.noted(tx, row.id, heard=max(one.id for one in fresh))
        if asks:
            by = asks[-1][0] or "somebody"
            who = Actor("system", f"github:{by}", f"{by} on GitHub", frozenset())
            said = "\n\n".join(f"{author} said on GitHub:\n{text}" for author, text in asks)
            await reviews.hear(tx, run.id, f"Review of {row.called}. {said}", actor=who)
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


def _tag(etags: dict[str, str], page: int) -> str:
    known, _, etag = etags.get("reviews", "").partition(" ")
    return etag if known == str(page) else ""
