"""Web process and worker killed between what happens and its being told: everybody is told everything, once."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import mailing, smtp
from tests.support.mailbox import Mailbox
from tests.support.system import Desk, System
from tests.support.waiting import until

pytestmark = pytest.mark.faults

PASSWORD = "flour-water-salt-28"
KILLED = ("web", "worker", "web")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mailing() as box:
        yield box


def test_mentions_reach_inbox_and_mailbox_once_whatever_is_killed(tmp_path: Path, mailbox: Mailbox) -> None:
    with System(tmp_path / "data", smtp(mailbox)) as system:
        desk = Desk(system.client())
        desk.post("/projects", {"id": "shop", "name": "Shop"})
        desk.post("/auth/users", {"username": "mia", "password": PASSWORD, "email": "mia@example.org"})
        assert desk.http.put("/api/v1/projects/shop/members/mia", json={"role": "member"}).is_success
        with closing(_signed_in(system, "mia")) as mia:
            comments = {"event_type": "bead.comment_created"}
            wishes = {"enable_email": True, "subscribed_events": [comments["event_type"]]}
            assert mia.patch("/api/v1/notifications/preferences", json=wishes).is_success
            bead_id = desk.bead("shop", "Scones", defer_until="2099-01-01T00:00:00Z")
            for number, process in enumerate(KILLED):
                desk.post(f"/beads/{bead_id}/comments", {"content": f"@mia word {number}."})
                system.kill(process)
                until(system.answers, 60, what="pages are served again")
            told = mia.get("/api/v1/notifications", params=comments).json()["notifications"]
            assert sorted(one["message"] for one in told) == [f"@mia word {number}." for number in range(len(KILLED))]
            assert {one["count"] for one in told} == {1}
            feed = mia.get("/api/v1/activity-feed", params=comments).json()["activities"]
            assert len(feed) == len(KILLED)
            until(
                lambda: all(_letters(mailbox, f"word {n}.") for n in range(len(KILLED))),
                60,
                what="all letters are there",
            )
            for number in range(len(KILLED)):
                assert len(_letters(mailbox, f"word {number}.")) == 1, "what comes again is the same letter"


def _signed_in(system: System, username: str) -> httpx.Client:
    http = httpx.Client(base_url=system.url, timeout=30)
    token = http.post("/api/v1/auth/login", json={"username": username, "password": PASSWORD}).json()["token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return http


def _letters(mailbox: Mailbox, words: str) -> set[str]:
    """The ids of the letters that say `words`."""
    return {str(letter["Message-ID"]) for letter in mailbox.taken if words in _text(letter)}


def _text(letter: object) -> str:
    body = letter.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content()) if body else ""
