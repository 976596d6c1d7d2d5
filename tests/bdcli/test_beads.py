"""Beads made, changed, closed and tied together from the command line."""

import json

import pytest

from loom_app.kernel.database import Database
from tests.bdcli.conftest import Bd
from tests.beads.making import events, fetched, project


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def test_a_bead_is_made_with_every_field(bd: Bd, db: Database) -> None:
    words = (
        *("Fix the door", "-p", "P0", "-t", "bug", "-d", "- it squeaks", "--design", "oil", "--acceptance", "silence"),
        *("--notes", "n", "-l", "house,door", "-l", "door", "-a", "bob", "-e", "30", "--due", "2027-01-02T03:04:05Z"),
        *("--external-ref", "gh-9", "--metadata", '{"a":[1,{"b":null}]}', "--id", "t-door"),
    )
    made = await bd.json("create", *words)
    assert {key: made[key] for key in made.keys() - {"created_at", "updated_at"}} == {
        "id": "t-door", "title": "Fix the door", "priority": 0, "issue_type": "bug", "description": "- it squeaks",
        "design": "oil", "acceptance_criteria": "silence", "notes": "n", "labels": ["house", "door"],
        "assignee": "bob", "estimated_minutes": 30, "due_at": "2027-01-02T03:04:05Z", "external_ref": "gh-9",
        "metadata": {"a": [1, {"b": None}]}, "status": "open", "created_by": "ann", "schema_version": 1,
    }  # fmt: skip
    stored = await fetched(db, "t-door")
    assert (stored.priority, stored.assigned_to, stored.project_id) == (0, "bob", "p")
    assert [(type_, subject) for type_, subject, _ in await events(db)] == [("bead.created", "t-door")]
    assert (await bd("create", "Twice", "--id", "t-door", "--json")).refusal["code"] == "id_taken"


async def test_texts_come_from_files_and_standard_input(bd: Bd) -> None:
    for source in (("--stdin",), ("--body-file", "-"), ("--body-file=-",)):
        made = await bd.json("create", "A", *source, given=b"long\ntext\n")
        assert made["description"] == "long\ntext"
    refused = await bd("create", "A", "--stdin", "-d", "other", "--json", given=b"x")
    assert "more than once" in refused.refusal["error"]
    assert (await bd("create", "A", "--body-file", "/nowhere")).errors == (
        "Error: /nowhere cannot be read: No such file or directory.\n"
    )


async def test_children_get_the_next_number_and_the_labels_of_their_parent(bd: Bd) -> None:
    epic = await bd.json("create", "Epic", "-t", "epic", "-l", "house", "--id", "t-e")
    first = await bd.json("create", "One", "--parent", epic["id"], "-l", "roof")
    second = await bd.json("create", "Two", "--parent", "t-e", "--no-inherit-labels")
    below = await bd.json("create", "Three", "--parent", "t-e.1")
    assert [bead["id"] for bead in (first, second, below)] == ["t-e.1", "t-e.2", "t-e.1.1"]
    assert (first["labels"], "labels" in second) == (["roof", "house"], False)
    assert [bead["id"] for bead in await bd.json("children", "t-e")] == ["t-e.1", "t-e.2"]
    assert {bead["id"] for bead in await bd.json("list", "--parent", "t-e")} == {"t-e.1", "t-e.2", "t-e.1.1"}
    shown = (await bd.json("show", "t-e.1"))[0]
    assert (shown["parent"], shown["dependencies"][0]["dependency_type"]) == ("t-e", "parent-child")
    refused = (await bd("close", "t-e", "--json")).refusal
    assert (refused["code"], "t-e.1, t-e.2" in refused["error"]) == ("open_children", True)
    assert (await bd.json("close", "t-e.1"))[0]["status"] == "closed"  # only an epic waits for its children
    assert (await bd("close", "t-e", "--json")).refusal["code"] == "open_children"
    assert (await bd.json("stats"))["summary"]["epics_eligible_for_closure"] == 0
    await bd.json("close", "t-e.1.1", "t-e.2")
    assert (await bd.json("stats"))["summary"]["epics_eligible_for_closure"] == 1
    assert (await bd.json("close", "t-e"))[0]["status"] == "closed"
    await bd.json("create", "Late", "--parent", "t-e")
    await bd.json("reopen", "t-e")
    assert (await bd.json("close", "t-e", "--force"))[0]["status"] == "closed"


async def test_dependencies_are_made_at_once_and_blocks_is_the_other_way_round(bd: Bd) -> None:
    for name in ("a", "b", "c"):
        await bd.json("create", name, "--id", f"t-{name}")
    await bd.json("create", "d", "--id", "t-d", "--deps", "t-a,blocks:t-b,discovered-from:t-c,external:x:y")
    made = (await bd.json("list", "--id", "t-d"))[0]
    assert {(link["depends_on_id"], link["type"]) for link in made["dependencies"]} == {
        ("t-a", "blocks"), ("t-c", "discovered-from"), ("external:x:y", "blocks"),
    }  # fmt: skip
    assert [(one["id"], one["blocked_by"]) for one in await bd.json("blocked")] == [("t-d", ["t-a"]), ("t-b", ["t-d"])]
    assert {one["id"] for one in await bd.json("ready")} == {"t-a", "t-c"}
    refused = (await bd("create", "e", "--deps", "t-nowhere", "--json")).refusal
    assert refused["code"] == "bead_not_found"
    assert len(await bd.json("list")) == 4


async def test_what_is_only_tried_is_not_made(bd: Bd, db: Database) -> None:
    tried = await bd.json("create", "A", "-p", "1", "--dry-run")
    assert (tried["dry_run"], tried["id"], tried["priority"]) == (True, "", 1)
    assert await bd.json("list") == []
    assert await events(db) == []
    assert (await bd("create", "A", "--silent")).out.startswith("t-")
    assert (await bd("q", "B")).out.startswith("t-")


async def test_every_field_is_changed(bd: Bd, db: Database) -> None:
    await bd.json("create", "A", "--id", "t-a", "-l", "x,y", "--metadata", '{"k":1,"l":2}', "--notes", "one")
    words = (
        *("--title", "B", "-p", "0", "-t", "feat", "-d", "", "--design", "- d", "--acceptance", "c", "-a", "bob"),
        *("-e", "5", "--due", "2027-01-02", "--external-ref", "gh-1", "--add-label", "z", "--remove-label", "x"),
        *("--append-notes", "two", "--set-metadata", "m=3", "--unset-metadata", "k", "-s", "in_progress"),
    )
    changed = (await bd.json("update", "t-a", *words))[0]
    assert (changed["title"], changed["priority"], changed["issue_type"]) == ("B", 0, "feature")
    assert (changed["labels"], changed["notes"]) == (["y", "z"], "one\ntwo")
    assert (changed["metadata"], changed["status"], changed["assignee"]) == ({"l": 2, "m": "3"}, "in_progress", "bob")
    assert changed["due_at"].startswith("2027-01-0")
    again = (await bd.json("update", "a", "--due", "", "-a", "", "--set-labels", "q", "--status", "open"))[0]
    assert (again["labels"], again.keys() & {"due_at", "assignee"}) == (["q"], set())
    told = [type_ for type_, _, _ in await events(db)]
    assert told.count("bead.status_change") == 2


async def test_of_several_those_that_can_be_changed_are(bd: Bd, db: Database) -> None:
    await bd.json("create", "A", "--id", "t-a")
    done = await bd("update", "t-a", "t-nowhere", "-p", "1", "--json")
    assert (done.code, [one["priority"] for one in json.loads(done.out)]) == (0, [1])
    assert "t-nowhere" in json.loads(done.errors)["error"]
    before = await events(db)
    refused = await bd("update", "t-a", "--claim", "-s", "nonsense", "--json")
    assert refused.refusal["code"] == "unknown_status"
    assert (await events(db), (await bd.json("show", "t-a"))[0]["status"]) == (before, "open")


async def test_a_bead_is_claimed_once(bd: Bd) -> None:
    await bd.json("create", "A", "--id", "t-a")
    await bd.json("create", "B", "--id", "t-b", "--deps", "t-a")
    taken = (await bd.json("update", "t-a", "--claim"))[0]
    assert (taken["assignee"], taken["status"]) == ("ann", "in_progress")
    assert (await bd.json("update", "t-a", "--claim"))[0]["assignee"] == "ann"
    other = (await bd("update", "t-a", "--claim", "--actor", "bob", "--json")).refusal
    assert (other["code"], other["error"]) == ("already_claimed", "t-a is already claimed by ann.")
    assert (await bd("update", "t-b", "--claim", "--json")).refusal["code"] == "bead_blocked"
    assert await bd.json("ready", "--claim") == []
    await bd.json("close", "t-a", "-r", "done")
    assert [one["assignee"] for one in await bd.json("ready", "--claim", "--actor", "bob")] == ["bob"]


async def test_closing_says_why_and_may_be_repeated(bd: Bd) -> None:
    for name in ("a", "b"):
        await bd.json("create", name, "--id", f"t-{name}")
    await bd.json("dep", "add", "t-b", "t-a")
    assert (await bd("close", "t-b", "--json")).refusal["code"] == "bead_blocked"
    closed = await bd.json("close", "t-a", "--reason", "because", "--suggest-next")
    assert (closed["closed"][0]["close_reason"], [one["id"] for one in closed["unblocked"]]) == ("because", ["t-b"])
    assert (await bd.json("close", "t-a"))[0]["close_reason"] == "because"
    both = await bd.json("close", "t-a", "t-b")
    assert [one["close_reason"] for one in both] == ["because", "Closed"]
    opened = (await bd.json("reopen", "t-a", "t-b"))[0]
    assert (opened["status"], "closed_at" in opened) == ("open", False)


async def test_dependencies_are_listed_as_trees_and_rings_are_refused(bd: Bd) -> None:
    for name in ("a", "b", "c"):
        await bd.json("create", name, "--id", f"t-{name}")
    added = await bd.json("dep", "add", "t-a", "t-b")
    assert added == {
        "status": "added", "issue_id": "t-a", "depends_on_id": "t-b", "type": "blocks", "schema_version": 1,
    }  # fmt: skip
    await bd.json("dep", "add", "t-b", "t-c", "--type", "related")
    refused = (await bd("dep", "add", "t-b", "t-a", "--json")).refusal
    assert (refused["code"], "t-b → t-a → t-b" in refused["error"]) == ("dependency_cycle", True)
    assert [(node["id"], node["depth"]) for node in await bd.json("dep", "tree", "t-a")] == [
        ("t-a", 0), ("t-b", 1), ("t-c", 2),
    ]  # fmt: skip
    assert [node["id"] for node in await bd.json("dep", "tree", "t-b", "--direction", "both")] == ["t-b", "t-a", "t-c"]
    assert [one["id"] for one in await bd.json("dep", "list", "t-b", "--direction", "up")] == ["t-a"]
    assert await bd.json("dep", "cycles") == []
    assert (await bd.json("dep", "remove", "t-a", "t-b"))["status"] == "removed"
    assert (await bd("dep", "remove", "t-a", "t-b", "--json")).refusal["code"] == "dependency_not_found"


async def test_comments_notes_and_labels(bd: Bd, db: Database) -> None:
    await bd.json("create", "A", "--id", "t-a")
    said = await bd.json("comments", "add", "t-a", "first", "words")
    assert (said["text"], said["author"], said["issue_id"]) == ("first words", "ann", "t-a")
    await bd.json("comment", "t-a", "-f", "-", given=b"zwei\n")
    assert [one["text"] for one in await bd.json("comments", "t-a")] == ["first words", "zwei"]
    await bd.json("note", "t-a", "remember")
    shown = (await bd.json("show", "t-a"))[0]
    assert ([one["text"] for one in shown["comments"]], shown["notes"]) == (["first words", "zwei"], "remember")
    assert (await bd.json("list"))[0]["comment_count"] == 2
    assert (await bd("comment", "t-a", " ", "--json")).refusal["code"] == "no_text"
    assert await bd.json("label", "add", "t-a", "blue") == [{"status": "added", "issue_id": "t-a", "label": "blue"}]
    assert await bd.json("label", "list", "t-a") == ["blue"]
    assert await bd.json("label", "list-all") == [{"label": "blue", "count": 1}]
    await bd.json("label", "remove", "t-a", "blue")
    assert await bd.json("label", "list", "t-a") == []
    assert [type_ for type_, _, _ in await events(db, "bead.comment_created")] == ["bead.comment_created"] * 2


async def test_what_is_put_off_is_deferred_until_it_is_put_off_no_more(bd: Bd) -> None:
    made = await bd.json("create", "A", "--id", "t-a", "--defer", "+2d")
    assert (made["status"], "defer_until" in made) == ("deferred", True)
    assert await bd.json("ready") == []
    opened = (await bd.json("update", "t-a", "--defer", ""))[0]
    assert (opened["status"], "defer_until" in opened) == ("open", False)
    assert [one["id"] for one in await bd.json("ready")] == ["t-a"]
    assert (await bd.json("update", "t-a", "--defer", "tomorrow"))[0]["status"] == "deferred"


async def test_what_is_deleted_leaves_a_tombstone(bd: Bd) -> None:
    for name in ("a", "b"):
        await bd.json("create", name, "--id", f"t-{name}")
    await bd.json("dep", "add", "t-b", "t-a")
    tried = await bd.json("delete", "t-a", "--cascade")
    assert (tried["would_delete"], len(await bd.json("list"))) == (["t-a", "t-b"], 2)
    assert (await bd.json("delete", "t-a", "--force", "-r", "twice"))["deleted"] == "t-a"
    assert [one["id"] for one in await bd.json("ready")] == ["t-b"]
    lines = [json.loads(raw) for raw in (await bd("export")).out.splitlines()]
    assert [(one["status"], one.get("delete_reason")) for one in lines] == [("tombstone", "twice"), ("open", None)]
