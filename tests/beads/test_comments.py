"""Comments: said, answered, changed by whoever said them, and the same in the file and out of it."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beadfiles.interchange import export_text, import_text
from loom_app.beads.comments import mentions
from loom_app.kernel.database import Database
from tests.beads import making
from tests.support.people import signed_in

WHERE = "/api/v1/beads/{}/comments"


@pytest.fixture
async def bead_id(db: Database) -> str:
    await making.project(db)
    (made,) = await making.chain(db, "Weed the beds")
    return made


async def say(http: AsyncClient, bead_id: str, content: str, **more: Any) -> dict[str, Any]:
    answer = await http.post(WHERE.format(bead_id), json={"content": content, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_what_is_said_and_answered_is_read_as_a_tree(client: AsyncClient, bead_id: str) -> None:
    first = await say(client, bead_id, "Which beds, @qa-engineer?")
    await say(client, bead_id, "Later.")
    answer = await say(client, bead_id, "The long one.", parent_id=first["id"])
    await say(client, bead_id, "Thanks @admin and @admin", parent_id=answer["id"])
    one, two = (await client.get(WHERE.format(bead_id))).json()
    assert (one["content"], one["mentions"], one["author_username"]) == (
        "Which beds, @qa-engineer?",
        ["qa-engineer"],
        "admin",
    )
    assert two["replies"] == []
    assert one["replies"][0]["content"] == "The long one."
    assert one["replies"][0]["replies"][0]["mentions"] == ["admin"]
    assert one["parent_id"] is None
    assert one["edited"] is False


async def test_one_changes_and_deletes_what_one_said_oneself(app: FastAPI, client: AsyncClient, bead_id: str) -> None:
    said = await say(client, bead_id, "One")
    await say(client, bead_id, "Two", parent_id=said["id"])
    changed = await client.patch(f"/api/v1/comments/{said['id']}", json={"content": "Uno"})
    assert (changed.json()["content"], changed.json()["edited"]) == ("Uno", True)
    assert (await client.delete(f"/api/v1/comments/{said['id']}")).status_code == 204
    assert (await client.get(WHERE.format(bead_id))).json() == []
    gone = await client.patch(f"/api/v1/comments/{said['id']}", json={"content": "x"})
    assert (gone.status_code, gone.json()["code"]) == (404, "comment_not_found")


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": "  "}, {"content": "x" * 20_001}, {"content": "a\x00b"}, {"content": 7}]
)
async def test_what_is_no_comment_is_refused(client: AsyncClient, bead_id: str, body: dict[str, Any]) -> None:
    assert (await client.post(WHERE.format(bead_id), json=body)).status_code == 422
    assert (await client.get(WHERE.format(bead_id))).json() == []


async def test_an_answer_to_what_is_not_there_is_refused(client: AsyncClient, db: Database, bead_id: str) -> None:
    async with db.write() as tx:
        other = await making.bead(tx, "Another")
    elsewhere = await say(client, other, "Here")
    for parent in ("cmt-none", elsewhere["id"]):
        answer = await client.post(WHERE.format(bead_id), json={"content": "x", "parent_id": parent})
        assert (answer.status_code, answer.json()["code"]) == (400, "comment_not_found")
    assert (await client.post(WHERE.format("t-none"), json={"content": "x"})).json()["code"] == "bead_not_found"
    assert (await client.get(WHERE.format("t-none"))).json()["code"] == "bead_not_found"


async def test_each_change_is_an_event_and_a_change_of_the_bead(
    client: AsyncClient, db: Database, bead_id: str
) -> None:
    before = (await making.fetched(db, bead_id)).updated_at
    said = await say(client, bead_id, "Look @ann")
    await client.patch(f"/api/v1/comments/{said['id']}", json={"content": "Look"})
    await client.patch(f"/api/v1/comments/{said['id']}", json={"content": "Look"})
    await client.delete(f"/api/v1/comments/{said['id']}")
    told = await making.events(db, "bead.comment_created", "bead.comment_updated", "bead.comment_deleted")
    assert [(kind, subject) for kind, subject, _ in told] == [
        ("bead.comment_created", bead_id), ("bead.comment_updated", bead_id), ("bead.comment_deleted", bead_id),
    ]  # fmt: skip
    assert told[0][2]["mentions"] == ["ann"]
    assert (await making.fetched(db, bead_id)).updated_at > before


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@a", ["a"]), ("hi @qa-engineer, @a_b!", ["qa-engineer", "a_b"]), ("mail me@example.org", []), ("@@x", []),
        ("@a @a", ["a"]), ("@", []), ("(@x)", ["x"]), ("é@x", []),
    ],
)  # fmt: skip
def test_mentions(text: str, names: list[str]) -> None:
    assert mentions(text) == names


def line(bead_id: str, *comments: dict[str, Any], **more: Any) -> str:
    fields = {
        "id": bead_id,
        "title": "Weed",
        "priority": 2,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
    }
    return json.dumps({**fields, **more, "comments": list(comments)}, separators=(",", ":")) + "\n"


NUMBERED = {"id": 7, "issue_id": "t-1", "author": "ann", "text": "old", "created_at": "2026-01-01T01:00:00Z"}
NAMED = {
    "id": "0190-uuid",
    "issue_id": "t-1",
    "author": "bob",
    "text": "new",
    "created_at": "2026-01-01T02:00:00.123456789Z",
    "mood": "gay",
}
BARE = {"author": "cyd", "text": "no time"}


async def imported(db: Database, text: str) -> None:
    async with db.write() as tx:
        await import_text(tx, "p", text, actor=making.PERSON)


async def exported(db: Database) -> str:
    async with db.read() as tx:
        return await export_text(tx, "p", actor=making.PERSON)


async def test_comments_of_a_file_are_shown_and_come_out_as_they_went_in(client: AsyncClient, db: Database) -> None:
    await making.project(db)
    text = line("t-1", NAMED, NUMBERED, BARE)
    await imported(db, text)
    assert await exported(db) == text
    shown = (await client.get(WHERE.format("t-1"))).json()
    assert [(said["author_username"], said["content"]) for said in shown] == [
        ("cyd", "no time"),
        ("ann", "old"),
        ("bob", "new"),
    ]
    await imported(db, line("t-1", NAMED, NUMBERED, BARE, updated_at="2026-01-03T00:00:00Z"))
    assert len((await client.get(WHERE.format("t-1"))).json()) == 3


async def test_what_is_said_in_loom_goes_into_the_file_beside_the_rest(client: AsyncClient, db: Database) -> None:
    await making.project(db)
    await imported(db, line("t-1", NAMED, NUMBERED))
    await say(client, "t-1", "From Loom")
    written = json.loads(await exported(db))["comments"]
    assert written[:2] == [NAMED, NUMBERED]
    assert written[2] == {
        "issue_id": "t-1", "author": "admin", "text": "From Loom", "created_at": written[2]["created_at"],
    }  # fmt: skip
    again = json.loads(await exported(db))
    await imported(db, json.dumps({**again, "updated_at": "2099-01-01T00:00:00Z"}) + "\n")
    assert len((await client.get(WHERE.format("t-1"))).json()) == 3


async def test_a_text_changed_in_the_file_or_in_loom_changes_only_the_text(client: AsyncClient, db: Database) -> None:
    await making.project(db)
    await imported(db, line("t-1", NAMED, NUMBERED))
    await imported(db, line("t-1", {**NAMED, "text": "newer"}, NUMBERED, updated_at="2026-01-03T00:00:00Z"))
    by_author = {said["author_username"]: said for said in (await client.get(WHERE.format("t-1"))).json()}
    assert (by_author["bob"]["content"], by_author["bob"]["edited"]) == ("newer", True)
    await client.patch(f"/api/v1/comments/{by_author['ann']['id']}", json={"content": "older"})
    assert json.loads(await exported(db))["comments"] == [{**NAMED, "text": "newer"}, {**NUMBERED, "text": "older"}]
    await client.delete(f"/api/v1/comments/{by_author['bob']['id']}")
    assert json.loads(await exported(db))["comments"] == [{**NUMBERED, "text": "older"}]


async def test_others_comments_are_not_ones_own(app: FastAPI, db: Database, client: AsyncClient, bead_id: str) -> None:
    said = await say(client, bead_id, "Mine")
    async with signed_in(app, "user", "bob", sees=["p"]) as bob:
        for answer in (
            await bob.patch(f"/api/v1/comments/{said['id']}", json={"content": "His"}),
            await bob.delete(f"/api/v1/comments/{said['id']}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
        theirs = await say(bob, bead_id, "Bob was here")
    assert (await client.delete(f"/api/v1/comments/{theirs['id']}")).status_code == 204  # administrators may


@pytest.mark.parametrize("comment", [{"author": 7}, {"text": []}, {"id": True}, {"id": 1.5}, {"created_at": "then"}])
async def test_a_line_with_a_broken_comment_is_named(db: Database, comment: dict[str, Any]) -> None:
    await making.project(db)
    with pytest.raises(Exception, match=r"Line 1 \(t-1\) comments\[1\]: "):
        await imported(db, line("t-1", NUMBERED, comment))


async def test_comments_on_beads_one_does_not_see(app: FastAPI, client: AsyncClient, bead_id: str) -> None:
    said = await say(client, bead_id, "Between us")
    async with signed_in(app, "user", "eve") as eve:
        hidden = await eve.patch(f"/api/v1/comments/{said['id']}", json={"content": "Mine"})
        nothing = await eve.patch("/api/v1/comments/cmt-none", json={"content": "Mine"})
        assert (hidden.status_code, nothing.status_code) == (404, 404)
        assert hidden.json()["error"].replace(said["id"], "cmt-none") == nothing.json()["error"]
        assert (await eve.delete(f"/api/v1/comments/{said['id']}")).status_code == 404
        assert (await eve.get(WHERE.format(bead_id))).json()["code"] == "bead_not_found"
    assert (await client.get(WHERE.format(bead_id))).json()[0]["content"] == "Between us"
