"""Lists, searches and counts, and what is said where nothing is meant or known."""

import json

import pytest

from loom_app.kernel.database import Database
from tests.bdcli.conftest import Bd
from tests.beads.making import project


@pytest.fixture
async def four(bd: Bd, db: Database) -> None:
    await project(db)
    for words in (
        ("Paint the door", "--id", "t-1", "-p", "0", "-t", "bug", "-l", "a,b", "-a", "bob", "-d", "in BLUE"),
        ("Oil the lock", "--id", "t-2", "-p", "1", "-l", "b", "--due", "2020-01-01"),
        ("Sweep", "--id", "t-3", "-p", "4", "-t", "chore"),
        ("Gone", "--id", "t-4"),
    ):
        await bd.json("create", *words)
    await bd.json("close", "t-4")


@pytest.mark.usefixtures("four")
async def test_filters_and_orders(bd: Bd) -> None:
    for words, expected in (
        ((), "1 2 3"),
        (("--all",), "1 2 4 3"),
        (("-s", "closed"), "4"),
        (("--status", "open,closed", "--sort", "id"), "1 2 3 4"),
        (("--status", "all", "--limit", "2", "--sort", "id", "-r"), "4 3"),
        (("-p", "0"), "1"), (("--priority", "P1"), "2"), (("--priority-min", "1"), "2 3"),
        (("--priority-max", "1"), "1 2"), (("-t", "bug,chore"), "1 3"), (("-a", "bob"), "1"),
        (("--no-assignee",), "2 3"), (("-l", "a,b"), "1"), (("-l", "b"), "1 2"), (("--label-any", "a,zzz"), "1"),
        (("--no-labels",), "3"), (("--title", "THE"), "1 2"), (("--desc-contains", "blue"), "1"), (("--overdue",), "2"),
        (("--id", "t-1,3"), "1 3"), (("--limit", "1"), "1"), (("-n", "0"), "1 2 3"), (("--ready",), "1 2 3"),
        (("--created-after", "+1d"), ""), (("--due-before", "today"), "2"), (("--empty-description",), "2 3"),
    ):  # fmt: skip
        found = await bd.json("list", *words)
        assert " ".join(one["id"].removeprefix("t-") for one in found) == expected, words


@pytest.mark.usefixtures("four")
async def test_search_count_stale_and_status(bd: Bd) -> None:
    assert [one["id"] for one in await bd.json("search", "BLUE")] == ["t-1"]
    assert [one["id"] for one in await bd.json("search", "gone", "--status", "all")] == ["t-4"]
    assert await bd.json("count") == {"count": 4, "schema_version": 1}
    assert (await bd.json("count", "--by-status"))["groups"] == [
        {"group": "closed", "count": 1}, {"group": "open", "count": 3},
    ]  # fmt: skip
    assert await bd.json("stale") == []
    summary = (await bd.json("stats"))["summary"]
    assert [summary[f"{name}_issues"] for name in ("total", "open", "closed", "ready", "blocked")] == [4, 3, 1, 3, 0]
    for word in ("list", "ready", "blocked", "show t-1", "stats", "info", "where", "quickstart", "list --long"):
        assert (await bd(*word.split())).out


@pytest.mark.usefixtures("four")
async def test_an_id_may_be_short_and_must_be_one(bd: Bd) -> None:
    await bd.json("create", "x", "--id", "t-xa")
    await bd.json("create", "y", "--id", "t-xb")
    assert [one["id"] for one in await bd.json("show", "xa", "t-1")] == ["t-xa", "t-1"]
    refused = (await bd("show", "x", "--json")).refusal
    assert (refused["error"], refused["schema_version"]) == ("'x' can be t-xa, t-xb; write more of the id.", 1)
    assert (await bd("show", "nope")).errors == "Error: no issue found matching 'nope' in project p\n"
    some = await bd("show", "t-1", "nope", "--json")
    assert (some.code, len(json.loads(some.out)), "nope" in some.errors) == (0, 1, True)


@pytest.mark.usefixtures("four")
async def test_bad_words_are_refused_in_a_sentence(bd: Bd) -> None:
    for words, expected in (
        (("nonsense",), "No such command 'nonsense'."),
        (("list", "--nonsense"), "No such option"),
        (("create",), "title required"),
        (("create", "A", "-p", "7"), "'7' is no priority"),
        (("create", "A", "--due", "someday"), "'someday' is no time"),
        (("create", "A", "--metadata", "[1]"), "must be a JSON object"),
        (("create", "A", "--parent", "t-zzz"), "no issue found matching 't-zzz'"),
        (("create", "A\x07B"), "title"),
        (("create", "A", "--metadata", "[" * 100_000), "nested too deeply"),
        (("update", "t-1", "--set-metadata", "x"), "KEY=VALUE"),
        (("update", "t-1", "--title", ""), "title: "),
        (("update", "t-1", "-e", "9" * 20), "estimated_time: "),
        (("update", "t-1", "-d", "x" * 100_001), "description: String should have at most 100000"),
        (("note", "t-1", "x" * 100_001), "notes: "),
        (("comment", "t-1", "x" * 100_001), "content: "),
        (("close", "t-1", "-r", "x" * 100_001), "reason: "),
        (("label", "add", "t-1", " "), "tags.2: "),
        (("stale", "-d", "9" * 11), "not in the range"),
        (("dep", "add", "t-1"), "requires the id"),
        (("close",), "Missing argument"),
        (("label", "add", "x"), "needs a bead"),
    ):
        for told in (await bd(*words), await bd("--json", *words)):
            assert (told.code, told.out) == (1, ""), words
            assert expected in told.errors, words
        assert expected in json.loads(told.errors)["error"]


@pytest.mark.usefixtures("four")
async def test_the_envelope_is_for_those_who_ask(bd: Bd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BD_JSON_ENVELOPE", "1")
    shown = await bd.json("show", "t-1")
    assert (shown["schema_version"], shown["data"][0]["id"]) == (1, "t-1")


async def test_the_project_is_the_one_that_is_meant(bd: Bd, db: Database) -> None:
    refused = await bd("list", "--json", project="")
    assert refused.refusal["code"] == "no_project"
    await project(db, "only", "o")
    assert (await bd("create", "A", project="")).out.startswith("Created o-")
    await project(db, "other", "x")
    assert (await bd("list", project="")).code == 1
    assert (await bd("list", project="other")).out == "No beads found.\n"
    assert (await bd("list", project="nowhere")).errors == (
        "Error: There is no project 'nowhere'. Projects: only, other.\n"
    )


async def test_what_an_old_line_leaves_out_is_said(bd: Bd, db: Database) -> None:
    await project(db)
    await bd("import", "-", given=b'{"id":"t-1","title":"Old"}\n')
    for words in (("list",), ("show", "t-1"), ("ready",)):
        one = (await bd.json(*words))[0]
        assert (one["priority"], one["status"], one["issue_type"]) == (0, "open", "task")
        assert {"created_at", "updated_at"} <= one.keys()
    assert (await bd("list")).out == "t-1 [P0] [task] open - Old\n"
