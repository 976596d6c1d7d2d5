"""Deliveries as GitHub sends them: the parts of its payloads that matter, and their signature."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import AsyncClient, Response

from loom_app.webhooks.signature import sign

ADDRESS = "/api/v1/webhooks/github"
REPOSITORY = {
    "id": 186853002, "full_name": "acme/Shop", "html_url": "https://github.com/acme/Shop", "private": False,
    "clone_url": "https://github.com/acme/Shop.git", "owner": {"login": "acme", "type": "Organization"},
}  # fmt: skip
CLONE = "https://github.com/acme/shop.git"
_numbers = itertools.count(1)


def issue(number: int = 12, **more: Any) -> dict[str, Any]:
    """An issue that a member opened."""
    return {
        "id": 4000 + number, "number": number, "title": "The till shows cents as dollars", "state": "open",
        "html_url": f"https://github.com/acme/Shop/issues/{number}", "user": {"login": "octocat", "type": "User"},
        "author_association": "MEMBER", "labels": [{"name": "bug"}, {"name": "priority: high"}],
        "body": "Steps:\n1. buy tea\n2. look", "state_reason": None,
        "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z", **more,
    }  # fmt: skip


def payload(action: str = "opened", **parts: Any) -> dict[str, Any]:
    """What surrounds the subject of an event."""
    return {"action": action, **parts, "repository": REPOSITORY, "sender": {"login": "octocat", "type": "User"}}


def issues(action: str = "opened", number: int = 12, **more: Any) -> dict[str, Any]:
    """The payload of the event `issues`."""
    return payload(action, issue=issue(number, **more))


def commented(action: str = "created", text: str = "Here too.", number: int = 12, **more: Any) -> dict[str, Any]:
    """The payload of the event `issue_comment`."""
    said = {
        "id": 991, "html_url": f"https://github.com/acme/Shop/issues/{number}#issuecomment-991", "body": text,
        "user": {"login": "hubber", "type": "User"}, "author_association": "NONE",
        "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", **more,
    }  # fmt: skip
    return payload(action, issue=issue(number), comment=said)


def headers(event: str, body: bytes, secret: str, delivery: str = "") -> dict[str, str]:
    """What GitHub sends with a body."""
    return {
        "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/044aadd", "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery or f"72d3162e-cc78-11e3-81ab-{next(_numbers):012x}",
        "X-GitHub-Hook-ID": "292430182", "X-Hub-Signature-256": sign(secret, body),
    }  # fmt: skip


async def send(
    http: AsyncClient, secret: str, event: str, told: dict[str, Any] | bytes, delivery: str = "", **more: str
) -> Response:
    """Delivers it, signed."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return await http.post(ADDRESS, content=body, headers=headers(event, body, secret, delivery) | more)


def later(seconds: float) -> datetime:
    """The moment so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
