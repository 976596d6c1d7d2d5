"""What GitHub tells of a pull request, taken apart with care: whatever has another form is a fault of theirs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import garbage

TRUSTED = ("OWNER", "MEMBER", "COLLABORATOR")
"""Whose words reach an agent: those who may write to the repository, not everybody who sees it."""
LONGEST = 4_000
COMMIT = re.compile(r"[0-9a-f]{7,64}")
MOST_NUMBER = 2**31
MOST_ID = 2**62
MARK = re.compile(r"<!-- loom (?P<run>[\w.-]{1,100})/\d{1,6}/\d{1,6} -->")
"""What an agent's words on GitHub end with: the run and its action."""
BAD = ("failure", "error", "timed_out", "cancelled", "action_required", "startup_failure")


@dataclass(frozen=True)
class Pull:
    """A pull request as GitHub has it now."""

    number: int
    url: str
    title: str
    is_open: bool
    is_merged: bool
    head: str
    branch: str
    mergeable: str
    merge_commit: str
    merged_by: str


@dataclass(frozen=True)
class Review:
    """One review. `says_so` is whether its author may write to the repository and is a person.

    `run` is the one whose agent said it, "" for what others said.
    """

    id: int
    author: str
    state: str
    text: str
    says_so: bool
    run: str = ""


def pull_of(hub: GitHub, told: Any) -> Pull:
    """The pull request in an answer. Raises GitHubFault for anything else."""
    try:
        head = told["head"]
        found = Pull(
            number=int(told["number"]), url=str(told["html_url"]), title=str(told.get("title") or "")[:300],
            is_open=told["state"] == "open", is_merged=bool(told.get("merged") or told.get("merged_at")),
            head=str(head["sha"]), branch=str(head["ref"]),
            mergeable=str(told.get("mergeable_state") or "").replace("unknown", "")[:40],
            merge_commit=commit_of(told.get("merge_commit_sha")), merged_by=login_of(told.get("merged_by")),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise garbage(hub.repo, "something that is no pull request") from error
    plain = found.url.startswith(("https://", "http://")) and len(found.url) <= LONGEST
    if not (plain and COMMIT.fullmatch(found.head) and 0 < found.number < MOST_NUMBER):
        raise garbage(hub.repo, "something that is no pull request")
    return found


def listed(hub: GitHub, told: Any) -> list[dict[str, Any]]:
    """The objects of a list. Raises GitHubFault for anything else."""
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise garbage(hub.repo, "something that is no list")
    return told


def review_of(told: dict[str, Any]) -> Review:
    """One review of a list."""
    user = told.get("user")
    person = isinstance(user, dict) and user.get("type", "User") == "User"
    number, text = told.get("id"), str(told.get("body") or "")
    return Review(
        id=number if isinstance(number, int) and 0 < number < MOST_ID else 0,
        author=login_of(user),
        state=str(told.get("state") or "").upper(),
        text=MARK.sub("", text)[:LONGEST].strip(),
        says_so=person and told.get("author_association") in TRUSTED,
        run=run_in(text),
    )


def run_in(text: str) -> str:
    """The run whose agent said this on GitHub; "" for what others said."""
    found = MARK.search(text)
    return found["run"] if found else ""


def line_of(told: dict[str, Any]) -> str:
    """A review's comment of a line, as an agent reads it."""
    line = told.get("line") or told.get("original_line")
    before = " (before)" if told.get("side") == "LEFT" else ""
    where = f"{told.get('path', '')}{f':{line}' if isinstance(line, int) else ''}{before}"
    text = MARK.sub("", str(told.get("body") or ""))
    return f"{where}: {text[:LONGEST].strip()}"


def checks_of(runs: Iterable[dict[str, Any]], status: dict[str, Any]) -> str:
    """`failed`, `pending` or `passed` for all checks and statuses of a commit together; "" without any."""
    states = [str(one.get("conclusion") or "pending") for one in runs]
    if status.get("total_count"):
        states.append(str(status.get("state") or "pending"))
    if any(state in BAD for state in states):
        return "failed"
    return "pending" if "pending" in states else "passed" if states else ""


def approval_of(opinions: Iterable[str]) -> str:
    """What all reviewers together say: one who wants changes outweighs those who approve."""
    said = set(opinions)
    return "changes_requested" if "CHANGES_REQUESTED" in said else "approved" if "APPROVED" in said else ""


def commit_of(told: Any) -> str:
    """The hash of a commit; "" for what is none."""
    return told if isinstance(told, str) and COMMIT.fullmatch(told) else ""


def login_of(user: Any) -> str:
    """What a user of GitHub is called there; "" for nobody."""
    return str(user.get("login") or "")[:100] if isinstance(user, dict) else ""
