"""Web process and worker killed at each step of telling somebody by mail and webhook: told once, and nobody else."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.faults.conftest import PROJECT, Kitchen
from tests.faults.invariants import holds
from tests.faults.stepping import Steps
from tests.faults.target import Target
from tests.support.mailbox import Mailbox
from tests.support.system import System
from tests.support.waiting import until

pytestmark = pytest.mark.faults

PASSWORD = "flour-water-salt-29"
SERVICE = "loom_app.deliveries.service"
MAIL = (
    ("web", "loom_app.notifications.audience:crowd:before"),
    ("web", "loom_app.notifications.repository:put:after"),
    ("worker", f"{SERVICE}:gather:before"),
    ("worker", f"{SERVICE}:gather:after"),
    ("worker", f"{SERVICE}:_send:before"),
    ("worker", "loom_app.mail.sending:Mailer.send:after"),
    ("worker", f"{SERVICE}:_settle:after"),
)
SENDING = "loom_app.outgoing.sending"
HOOK = (
    ("worker", f"{SERVICE}:gather:after"),
    ("worker", "loom_app.outgoing.following:Following.hear:before"),
    ("worker", "loom_app.outgoing.repository:put:after"),
    ("worker", "loom_app.outgoing.following:Following.hear:after"),
    ("worker", f"{SENDING}:send:before"),
    ("worker", "loom_app.outgoing.posting:Poster.post:after"),
    ("worker", f"{SENDING}:_settle:after"),
)


def _signed_in(system: System, username: str) -> httpx.Client:
    http = httpx.Client(base_url=f"{system.url}/api/v1", timeout=30)
    token = http.post("/auth/login", json={"username": username, "password": PASSWORD}).json()["token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return http


@pytest.fixture(scope="module")
def people(kitchen: Kitchen) -> Iterator[dict[str, httpx.Client]]:
    """Two people who are told by mail and webhook, the second of them never of what is tested."""
    found = {}
    for name in ("mona", "nils"):
        kitchen.desk.post("/auth/users", {"username": name, "password": PASSWORD, "email": f"{name}@example.org"})
        found[name] = _signed_in(kitchen.system, name)
    assert kitchen.desk.http.put(f"/api/v1/projects/{PROJECT}/members/mona", json={"role": "member"}).is_success
    with closing(found["mona"]), closing(found["nils"]):
        yield found


def _say(kitchen: Kitchen, bead_id: str, words: str) -> None:
    """Comments. Where the web process dies before it answers, people look whether it was kept, and say it again."""
    comments = f"/beads/{bead_id}/comments"
    try:
        kitchen.desk.post(comments, {"content": words})
    except httpx.TransportError:
        until(kitchen.system.answers, 60, what="pages are served again")
        if words not in str(kitchen.desk.get(comments)):
            kitchen.desk.post(comments, {"content": words})


def _wishes(people: dict[str, httpx.Client], target: Target, **ways: bool) -> None:
    for name, one in people.items():
        wishes = {"subscribed_events": ["bead.comment_created"], **ways}
        assert one.patch("/notifications/preferences", json=wishes).is_success
        if not one.get("/webhooks/endpoints").json():
            wanted = {"url": f"{target.origin}/{name}", "events": ["notification.told"]}
            assert one.post("/webhooks/endpoints", json=wanted).status_code == 201


def _inbox(one: httpx.Client) -> list[tuple[str, int]]:
    found = one.get("/notifications", params={"event_type": "bead.comment_created", "limit": 200}).json()
    return [(each["message"], each["count"]) for each in found["notifications"]]


def _letters(box: Mailbox, words: str) -> set[str]:
    """The ids of the letters that say `words`."""
    found = set()
    for letter in list(box.taken):
        body = letter.get_body(("plain",))
        if body is not None and words in body.get_content():
            found.add(str(letter["Message-ID"]))
    return found


def test_a_letter_is_one_letter_whatever_dies_while_it_is_written_and_sent(
    kitchen: Kitchen, steps: Steps, people: dict[str, httpx.Client], box: Mailbox, target: Target
) -> None:
    _wishes(people, target, enable_email=True, enable_webhook=False)
    bead_id = kitchen.desk.bead(PROJECT, "Letters", defer_until="2099-01-01T00:00:00Z")
    told = []
    for number, (process, step) in enumerate(MAIL):
        words = f"@mona letter {number}."
        with steps.dies(kitchen.system, process, step):
            _say(kitchen, bead_id, words)
        until(lambda: _letters(box, words), 30, what=f"the letter of {step} comes")  # noqa: B023 - called here
        told.append(words)

    def sent() -> bool:
        letters = people["mona"].get("/notifications/letters").json()["letters"]
        return {one["status"] for one in letters} == {"sent"}

    until(sent, 15, what="every letter is known to be sent")
    assert sorted(_inbox(people["mona"])) == sorted((words, 1) for words in told)
    assert [len(_letters(box, words)) for words in told] == [1] * len(told), "what comes again is the same letter"
    assert "nils@example.org" not in box.recipients
    assert _inbox(people["nils"]) == []
    holds(kitchen.system, kitchen.desk)


def test_a_webhook_of_ones_own_is_one_message_whatever_dies_on_its_way(
    kitchen: Kitchen, steps: Steps, people: dict[str, httpx.Client], box: Mailbox, target: Target
) -> None:
    _wishes(people, target, enable_email=False, enable_webhook=True)
    bead_id = kitchen.desk.bead(PROJECT, "Webhooks", defer_until="2099-01-01T00:00:00Z")
    told = []
    for number, (process, step) in enumerate(HOOK):
        words = f"@mona message {number}."
        with steps.dies(kitchen.system, process, step):
            _say(kitchen, bead_id, words)
        until(lambda: target.ids("/mona", words), 30, what=f"the message of {step} comes")  # noqa: B023 - called here
        told.append(words)
    assert [len(target.ids("/mona", words)) for words in told] == [1] * len(told), "what comes again is the same"
    assert [one for one in target.taken if one.path == "/nils"] == []
    (endpoint,) = people["mona"].get("/webhooks/endpoints").json()
    messages = f"/webhooks/endpoints/{endpoint['id']}/messages"

    def taken() -> bool:
        return {one["status"] for one in people["mona"].get(messages).json()} == {"delivered"}

    until(taken, 15, what="every message is known to be taken")
    assert people["nils"].get(messages).status_code == 404
    holds(kitchen.system, kitchen.desk)
