"""What agents say on GitHub, said once: each text carries the key of its action, unseen, and is looked for by it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from loom_app.actions.kinds.pullrequests import AddPrComment, SubmitReview
from loom_app.kernel.errors import Conflict, Forbidden
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.describing import plain
from loom_app.pullrequests.faults import GitHubFault, garbage
from loom_app.pullrequests.reading import listed
from loom_app.pullrequests.showing import is_by_one_of_us, seen_of

PER_PAGE, MOST_PAGES = 100, 20
SKEW = timedelta(hours=1)
"""How far GitHub's clock may be from ours."""
UNSURE = ("github_unreachable", "github_down", "github_garbage")
"""Faults after which what was asked for may have been done all the same."""


class Voice:
    """Speaks on GitHub for one action: `key` is the action's, `by` who is named beneath, `since` when its run began."""

    def __init__(self, hub: GitHub, key: str, by: str, since: datetime) -> None:
        self._hub, self._key, self._by, self._since = hub, key, by, since

    async def comment(self, said: AddPrComment) -> str:
        """Comments on a pull request, or on a file or line of it; the comment's address."""
        pull, _ = await seen_of(self._hub, said.pr_number)
        text = self._signed(said.comment_body)
        if said.comment_path is None:
            return await self._once(f"/issues/{pull.number}/comments", {"body": text})
        place: dict[str, Any] = {"body": text, "commit_id": pull.head, "path": said.comment_path}
        where = (
            {"line": said.comment_line, "side": said.comment_side} if said.comment_line else {"subject_type": "file"}
        )
        return await self._once(f"/pulls/{pull.number}/comments", place | where)

    async def review(self, said: SubmitReview, wrote: Callable[[str], Awaitable[bool]], looked_at: str) -> str:
        """Reviews a pull request; the review's address.

        `wrote` tells whether the agent worked on a branch, `looked_at` the commit it was shown last, "" for none.
        Raises Forbidden for a verdict on the agent's own work and for an approval of what a stranger opened, Conflict
        for an approval of what the agent was not shown.
        """
        pull, told = await seen_of(self._hub, said.pr_number)
        path = f"/pulls/{pull.number}/reviews"
        if found := await self._said(path):
            return found
        if said.review_event != "COMMENT" and await wrote(pull.branch):
            raise Forbidden(
                f"You worked on {pull.branch}, and nobody judges their own work. COMMENT is all you can say of it.",
                code="own_work",
            )
        if said.review_event == "APPROVE" and not is_by_one_of_us(told):
            raise Forbidden(
                f"Pull request #{pull.number} was opened by somebody who may not write to the repository; only people "
                "approve that. Say what you found with COMMENT or REQUEST_CHANGES.",
                code="stranger",
            )
        if said.review_event == "APPROVE" and looked_at != pull.head:
            stands = f"Pull request #{pull.number} stands at {pull.head[:12]}"
            seen = f"you looked at {looked_at[:12]}" if looked_at else "you have not looked at it"
            raise Conflict(f"{stands}, and {seen}. Look at it with review_code first.", code="not_looked_at")
        body = {"commit_id": pull.head, "event": said.review_event, "body": self._signed(said.comment_body)}
        try:
            return await self._posted(path, body)
        except GitHubFault as fault:
            if fault.code != "github_refused" or "own pull request" not in fault.message.lower():
                raise
            raise Conflict(
                f"Loom's own token opened pull request #{pull.number}, and GitHub takes no verdict from who opened it. "
                "Say what you found with COMMENT; it reaches the agent that wrote the change.",
                code="own_pull_request",
            ) from None

    async def _once(self, path: str, body: Mapping[str, Any]) -> str:
        """Posts, unless that was done before."""
        return await self._said(path) or await self._posted(path, body)

    async def _posted(self, path: str, body: Mapping[str, Any]) -> str:
        """Posts; the address also where GitHub's answer to it was lost."""
        try:
            return _address(self._hub, await self._hub.send("POST", path, body))
        except GitHubFault as fault:
            if fault.code in UNSURE and (found := await self._said(path)):
                return found
            raise

    async def _said(self, path: str) -> str:
        """The address of what the action said before; "" where it has said nothing yet."""
        since = f"{self._since - SKEW:%Y-%m-%dT%H:%M:%SZ}"
        for page in range(1, MOST_PAGES + 1):
            some = listed(self._hub, (await self._hub.get(path, per_page=PER_PAGE, page=page, since=since)).body)
            found = next((one for one in some if self._mark in str(one.get("body") or "")), None)
            if found is not None:
                return _address(self._hub, found)
            if len(some) < PER_PAGE:
                break
        return ""

    @property
    def _mark(self) -> str:
        return f"<!-- loom {self._key} -->"

    def _signed(self, text: str) -> str:
        return f"{plain(text)}\n\n_{plain(self._by)}, an agent in Loom_\n{self._mark}"


def _address(hub: GitHub, told: Any) -> str:
    url = told.get("html_url") if isinstance(told, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise garbage(hub.repo, "neither what was said nor a refusal")
    return url[:2_000]
