"""A pull request as an agent is shown it: what it says of itself, its files and their lines, all within bounds."""

from collections.abc import Mapping
from typing import Any

from loom_app.kernel.errors import NotFound
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault, garbage
from loom_app.pullrequests.reading import LONGEST, TRUSTED, Pull, listed, login_of, pull_of

PER_PAGE, MOST_PAGES = 100, 3
LONGEST_PATH = 500
UNSHOWN = "(its lines are not shown: no text, or too much of it)"


async def seen_of(hub: GitHub, number: int) -> tuple[Pull, Mapping[str, Any]]:
    """The pull request of that number, and all that GitHub tells of it. Raises NotFound, GitHubFault."""
    try:
        told = (await hub.get(f"/pulls/{number}")).body
    except GitHubFault as fault:
        if fault.code != "github_no_access":
            raise
        raise NotFound(
            f"{hub.repo.shown} has no pull request #{number}, or Loom's token may not see it.",
            code="pull_request_not_found",
        ) from None
    if not isinstance(told, dict):
        raise garbage(hub.repo, "something that is no pull request")
    return pull_of(hub, told), told


def is_by_one_of_us(told: Mapping[str, Any]) -> bool:
    """Whether whoever opened it may write to the repository."""
    return told.get("author_association") in TRUSTED


async def shown(hub: GitHub, number: int, *, files: bool, diff: bool) -> dict[str, Any]:
    """What is told of a pull request. Raises NotFound, GitHubFault."""
    pull, told = await seen_of(hub, number)
    base, changed = told.get("base"), told.get("changed_files")
    facts: dict[str, Any] = {
        "pr_number": pull.number, "url": pull.url, "title": pull.title, "author": login_of(told.get("user")),
        "state": "merged" if pull.is_merged else "open" if pull.is_open else "closed", "head": pull.branch,
        "base": str(base.get("ref") or "")[:300] if isinstance(base, dict) else "", "commit": pull.head,
        "mergeable": pull.mergeable, "body": str(told.get("body") or "")[:LONGEST],
    }  # fmt: skip
    if files or diff:
        rows = await _files(hub, number)
        facts["files"] = [_file(row) for row in rows]
        facts["left_out"] = max(changed - len(rows), 0) if isinstance(changed, int) else 0
        if diff:
            facts["diff"] = "\n".join(_lines(row) for row in rows)
    return facts


async def _files(hub: GitHub, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        some = listed(hub, (await hub.get(f"/pulls/{number}/files", per_page=PER_PAGE, page=page)).body)
        found += some
        if len(some) < PER_PAGE:
            break
    return found


def _file(told: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: told.get(key) for name, key in (("added", "additions"), ("removed", "deletions"))}
    return {
        "path": _path(told, "filename"), "status": str(told.get("status") or "")[:20],
        **{name: count if isinstance(count, int) else 0 for name, count in counts.items()},
    }  # fmt: skip


def _lines(told: Mapping[str, Any]) -> str:
    new = _path(told, "filename")
    old = _path(told, "previous_filename") or new
    patch = told.get("patch")
    before = "/dev/null" if told.get("status") == "added" else f"a/{old}"
    after = "/dev/null" if told.get("status") == "removed" else f"b/{new}"
    return f"--- {before}\n+++ {after}\n{patch if isinstance(patch, str) else UNSHOWN}"


def _path(told: Mapping[str, Any], key: str) -> str:
    return str(told.get(key) or "")[:LONGEST_PATH]
