"""A payload of GitHub's taken apart with care: what has another form than expected is left empty, never believed."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from loom_app.kernel.clock import now, parse_rfc3339
from loom_app.kernel.errors import Invalid
from loom_app.pullrequests.reading import MOST_ID, MOST_NUMBER, TRUSTED

TITLE, LONGEST_NAME, URL, BODY = 300, 200, 500, 20_000
TYPES = {
    "issues": "external.github_issue",
    "pull_request": "external.github_pr_update",
    "issue_comment": "external.github_comment",
    "pull_request_review_comment": "external.github_comment",
    "release": "external.release",
    "push": "external.push",
    "check_suite": "external.check_suite",
    "ping": "external.webhook",
}
"""GitHub's name of an event → the type of ours."""
SUBJECTS = ("issue", "pull_request", "release", "check_suite")


@dataclass(frozen=True)
class Told:
    """What every kind of event tells, with the names and lengths of ours."""

    event: str
    action: str
    repository: str
    number: int | None
    title: str
    url: str
    author: str
    sender: str
    on_pull_request: bool = False
    ref: str = ""

    @property
    def type(self) -> str:
        """The type of our event; "" for what is of no interest."""
        opened = self.event == "pull_request" and self.action == "opened"
        return "external.github_pr" if opened else TYPES.get(self.event, "")

    def data(self, delivery: str) -> dict[str, Any]:
        """The data of our event."""
        known = {"ref": self.ref} if self.ref else {}
        return {
            "action": self.action, "number": self.number, "repository": self.repository, "title": self.title,
            "url": self.url, "author": self.author, "delivery": delivery, **known,
            **({"on_pull_request": True} if self.on_pull_request else {}),
        }  # fmt: skip


@dataclass(frozen=True)
class Issue:
    """An issue as it was when GitHub told."""

    ref: str
    number: int
    title: str
    body: str
    url: str
    author: str
    trusted: bool
    """Whether its author may write to the repository."""
    labels: tuple[str, ...]
    is_open: bool
    closed_as: str
    updated_at: datetime


@dataclass(frozen=True)
class Said:
    """A comment on an issue."""

    ref: str
    text: str
    url: str
    author: str
    trusted: bool
    updated_at: datetime


def parsed(body: bytes) -> dict[str, Any]:
    """The payload. Raises Invalid for what is no JSON object, names something twice or is nested too deep."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError:
        raise _bad("is nested too deep") from None
    except ValueError as error:
        raise _bad(f"is no JSON ({str(error)[:100]})") from None
    if not isinstance(found, dict):
        raise _bad("is no JSON object")
    return found


def told(event: str, payload: Mapping[str, Any]) -> Told:
    """What the payload tells in short."""
    subject = next((part for name in SUBJECTS if (part := _part(payload, name))), {})
    comment = _part(payload, "comment") if "comment" in event else {}
    author = _part(comment or subject, "user") or _part(subject, "author") or _part(payload, "sender")
    url = text((comment or subject).get("html_url"), URL) or text(payload.get("compare"), URL)
    sender = _part(payload, "sender")
    on_pull = event.startswith("pull_request") or "pull_request" in _part(payload, "issue")
    title = subject.get("title") or subject.get("name") or subject.get("tag_name") or _pushed(payload)
    return Told(
        event=event, action=text(payload.get("action"), 50), repository=_repository(payload),
        number=_number(subject.get("number")), title=line(title, TITLE), url=url if _is_web(url) else "",
        author=line(author.get("login"), LONGEST_NAME), sender=line(sender.get("login"), LONGEST_NAME),
        on_pull_request="comment" in event and on_pull, ref=line(payload.get("ref"), LONGEST_NAME),
    )  # fmt: skip


def issue_of(payload: Mapping[str, Any], repository: str, *, gone: bool = False) -> Issue | None:
    """The issue that is told of, as closed when it is `gone`; None for a pull request or nothing of that form."""
    found = _part(payload, "issue")
    number = _number(found.get("number"))
    if number is None or not repository or "pull_request" in found:
        return None
    labels = found.get("labels")
    names = [label.get("name") for label in labels if isinstance(label, dict)] if isinstance(labels, list) else []
    url = text(found.get("html_url"), URL)
    return Issue(
        ref=f"{repository}#{number}", number=number, title=line(found.get("title"), TITLE),
        body=text(found.get("body"), BODY), url=url if _is_web(url) else "",
        author=line(_part(found, "user").get("login"), LONGEST_NAME),
        trusted=found.get("author_association") in TRUSTED,
        labels=tuple(filter(None, (line(name, 100) for name in names[:100]))),
        is_open=found.get("state") != "closed" and not gone, closed_as=line(found.get("state_reason"), 50),
        updated_at=_moment(found.get("updated_at")),
    )  # fmt: skip


def comment_of(payload: Mapping[str, Any], issue: Issue) -> Said | None:
    """The comment that is told of."""
    found = _part(payload, "comment")
    number = found.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < MOST_ID:
        return None
    url = text(found.get("html_url"), URL)
    return Said(
        ref=f"{issue.ref}#issuecomment-{number}", text=text(found.get("body"), BODY), url=url if _is_web(url) else "",
        author=line(_part(found, "user").get("login"), LONGEST_NAME),
        trusted=found.get("author_association") in TRUSTED, updated_at=_moment(found.get("updated_at")),
    )  # fmt: skip


def text(value: Any, most: int) -> str:
    """`value` as text that every database keeps, at most so long; "" for anything else than text."""
    if not isinstance(value, str):
        return ""
    kept = value[:most].replace("\x00", "").encode("utf-8", "replace").decode()
    return kept if len(value) <= most else f"{kept} […]"


def line(value: Any, most: int) -> str:
    """`value` on one line, without control characters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text(value, most))
    return " ".join(plain.split())


def _repository(payload: Mapping[str, Any]) -> str:
    """Site, owner and name, in small letters; "" where none is told."""
    found = _part(payload, "repository")
    name, url = line(found.get("full_name"), LONGEST_NAME), text(found.get("html_url"), URL)
    site = urlsplit(url).netloc if _is_web(url) else ""
    return f"{site}/{name}".lower() if site and name.count("/") == 1 else ""


def _pushed(payload: Mapping[str, Any]) -> str:
    commit = _part(payload, "head_commit")
    return text(commit.get("message"), TITLE).partition("\n")[0]


def _part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_NUMBER
    return value if is_number else None


def _moment(value: Any) -> datetime:
    """When something changed; what tells no time, or one to come, counts as now."""
    try:
        return min(parse_rfc3339(value), now()) if isinstance(value, str) else now()
    except Invalid:
        return now()


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("https", "http") and bool(urlsplit(url).netloc)
    except ValueError:
        return False


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise _bad(f"names {twice[:60]!r} twice in one object")
    return found


def _no_number(word: str) -> NoReturn:
    raise _bad(f"holds {word}, which is no JSON number")


def _bad(why: str) -> Invalid:
    return Invalid(f"The delivery {why}. Nothing of it was kept.", code="bad_delivery")
