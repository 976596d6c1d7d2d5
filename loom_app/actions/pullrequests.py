"""The actions on pull requests on GitHub: looked at, commented, reviewed."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.clipping import clip
from loom_app.actions.context import ActionContext, Pulls
from loom_app.actions.kinds.pullrequests import AddPrComment, FetchPr, RequestReview, ReviewCode, SubmitReview
from loom_app.actions.results import ActionResult, executed
from loom_app.kernel.errors import Conflict


async def fetch_pr(action: FetchPr, context: ActionContext) -> ActionResult:
    """A pull request as it stands on GitHub, with its files and its diff where they are wanted."""
    seen = await _pulls(context).fetch(action.pr_number, files=action.include_files, diff=action.include_diff)
    return executed(action, f"pull request #{action.pr_number} fetched", **_kept(seen, context))


async def review_code(action: ReviewCode, context: ActionContext) -> ActionResult:
    """A pull request with its diff and what it is to be judged by; the judgement is the model's."""
    seen = await _pulls(context).fetch(action.pr_number, files=True, diff=True)
    told = {**_kept(seen, context), "review_criteria": action.review_criteria}
    return executed(action, f"pull request #{action.pr_number} is to be judged", **told)


async def add_pr_comment(action: AddPrComment, context: ActionContext) -> ActionResult:
    """Says something on a pull request, once."""
    url = await _pulls(context).comment(action, context.key)
    return executed(action, "comment added", pr_number=action.pr_number, url=url)


async def submit_review(action: SubmitReview, context: ActionContext) -> ActionResult:
    """Reviews a pull request, once."""
    url = await _pulls(context).submit_review(action, context.key)
    number, event = action.pr_number, action.review_event
    return executed(action, "review submitted", pr_number=number, review_event=event, url=url)


async def request_review(action: RequestReview, context: ActionContext) -> ActionResult:
    """Asks somebody for a review."""
    await _pulls(context).request_review(action.pr_number, action.reviewer)
    return executed(action, "review requested", pr_number=action.pr_number, reviewer=action.reviewer)


def _pulls(context: ActionContext) -> Pulls:
    if context.pulls is None:
        raise Conflict("Pull requests are not reached from here. Go on without them.", code="no_pull_requests")
    return context.pulls


def _kept(seen: Mapping[str, Any], context: ActionContext) -> dict[str, Any]:
    return {**seen, **({"diff": clip(seen["diff"], context.limits.kept_characters)} if "diff" in seen else {})}


HANDLERS: Mapping[str, Any] = {
    "fetch_pr": fetch_pr,
    "review_code": review_code,
    "add_pr_comment": add_pr_comment,
    "submit_review": submit_review,
    "request_review": request_review,
}
