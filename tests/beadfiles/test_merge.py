import json
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from loom_app.beadfiles.itemwise import INCIDENTAL, KINDS
from loom_app.beadfiles.jsontext import compact, dump
from loom_app.beadfiles.merge import COUNTED, LATEST, STATUS, Merged, merge
from loom_app.beadfiles.record import read

T0, T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T09:00:00.5Z"


def text(**more: Any) -> str:
    return dump({"id": "b-1", "title": "base", "status": "open", "priority": 2, "updated_at": T0} | more)


def merged(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[dict[str, Any], Merged]:
    done = merge(text(**base), text(**ours), text(**theirs))
    return json.loads(done.line), done


def clashes(done: Merged) -> list[tuple[str, str, str]]:
    return [(clash.field, clash.item, clash.winner) for clash in done.clashes]


def test_each_side_keeps_what_it_alone_changed() -> None:
    line, done = merged({}, {"title": "ours", "updated_at": T1}, {"owner": "ann", "x_own": [1], "updated_at": T2})
    assert (line["title"], line["owner"], line["x_own"], done.clashes) == ("ours", "ann", [1], ())
    assert line["updated_at"] == "2026-01-03T09:00:00.500001Z"


def test_of_two_changes_the_later_wins_and_the_other_is_named() -> None:
    line, done = merged({}, {"title": "ours", "updated_at": T2}, {"title": "theirs", "updated_at": T1})
    assert line["title"] == "ours"
    [clash] = done.clashes
    assert (clash.field, clash.base, clash.ours, clash.theirs) == ("title", '"base"', '"ours"', '"theirs"')


def test_at_the_same_moment_both_machines_choose_the_same() -> None:
    one, _ = merged({}, {"title": "a", "updated_at": T1}, {"title": "b", "updated_at": T1})
    other, _ = merged({}, {"title": "b", "updated_at": T1}, {"title": "a", "updated_at": T1})
    assert one == other


def test_labels_are_a_set() -> None:
    line, done = merged(
        {"labels": ["x", "y"]}, {"labels": ["y", "ours"], "updated_at": T1}, {"labels": ["x", "y", "theirs"]}
    )
    assert (line["labels"], done.clashes) == (["y", "theirs", "ours"], ())


def link(target: str, kind: str = "blocks", at: str = T0) -> dict[str, str]:
    return {"issue_id": "b-1", "depends_on_id": target, "type": kind, "created_at": at}


def test_dependencies_are_told_apart_by_their_target() -> None:
    line, done = merged(
        {"dependencies": [link("b-2"), link("b-3")]},
        {"dependencies": [link("b-3"), link("b-4", at=T1)], "updated_at": T1},
        {"dependencies": [link("b-2"), link("b-3", "related"), link("b-4", at=T2)]},
    )
    assert [(entry["depends_on_id"], entry["type"]) for entry in line["dependencies"]] == [
        ("b-3", "related"), ("b-4", "blocks"),
    ]  # fmt: skip
    assert done.clashes == ()


def test_a_dependency_gone_here_and_changed_there_stays_and_is_named() -> None:
    line, done = merged({"dependencies": [link("b-2")]}, {"updated_at": T2}, {"dependencies": [link("b-2", "related")]})
    assert line["dependencies"] == [link("b-2", "related")]
    assert clashes(done) == [("dependencies", "b-2", "theirs")]


def said(words: str, **more: Any) -> dict[str, Any]:
    return {"issue_id": "b-1", "author": "ann", "text": words, "created_at": T0} | more


def test_comments_of_both_sides_stay_and_one_that_got_a_number_is_the_same() -> None:
    line, done = merged(
        {"comments": [said("first", id=1), said("gone", id=2)]},
        {"comments": [said("first", id=1), said("gone", id=2), said("mine"), said("new here")]},
        {"comments": [said("first", id=1), said("mine", id=7, created_at="2026-01-01T01:00:00+01:00")]},
    )
    assert [(entry.get("id"), entry["text"]) for entry in line["comments"]] == [
        (1, "first"), (7, "mine"), (None, "new here"),
    ]  # fmt: skip
    assert done.clashes == ()


def test_metadata_is_merged_key_by_key() -> None:
    line, done = merged(
        {"metadata": {"a": 1, "b": 1, "c": 1}}, {"metadata": {"a": 2, "b": 2, "c": 1}, "updated_at": T2},
        {"metadata": {"a": 1, "b": 3, "d": 1}, "updated_at": T1},
    )  # fmt: skip
    assert line["metadata"] == {"a": 2, "b": 2, "d": 1}
    assert clashes(done) == [("metadata", "b", "ours")]


def closed(reason: str, at: str = T1) -> dict[str, Any]:
    return {"status": "closed", "closed_at": at, "close_reason": reason, "updated_at": at}


def test_closed_beats_open_with_all_that_belongs_to_it() -> None:
    line, done = merged({}, {"status": "in_progress", "updated_at": T2}, closed("done"))
    assert (line["status"], line["closed_at"], line["close_reason"]) == ("closed", T1, "done")
    assert clashes(done) == [("status", "", "theirs")]
    assert json.loads(done.clashes[0].ours or "") == {"status": "in_progress"}


def test_two_who_close_agree_but_for_their_reasons() -> None:
    line, done = merged({}, closed("mine", T1), closed("theirs", T2))
    assert (line["closed_at"], line["close_reason"]) == (T2, "theirs")
    assert clashes(done) == [("close_reason", "", "theirs")]


TOMB = {"status": "tombstone", "deleted_at": T2, "deleted_by": "bob", "updated_at": T2}


def test_deleted_there_and_untouched_here_is_deleted() -> None:
    line, done = merged({}, {}, TOMB)
    assert (line["status"], done.clashes) == ("tombstone", ())


def test_deleted_there_and_edited_here_stays_until_somebody_decides() -> None:
    line, done = merged({}, {"notes": "wait", "updated_at": T1}, TOMB)
    assert (line["status"], line["notes"]) == ("open", "wait")
    assert "deleted_at" not in line
    assert clashes(done) == [("status", "", "ours")]


def test_spelling_is_no_change() -> None:
    line, done = merged({"due_at": T0}, {"due_at": T1}, {"due_at": "2026-01-01T01:00:00+01:00", "priority": 2})
    assert (line["due_at"], done.clashes) == (T1, ())


def test_a_new_key_goes_to_its_place() -> None:
    line, _ = merged({}, {"assignee": "ann", "zeta": 1, "notes": "n"}, {"updated_at": T1})
    assert list(line) == ["id", "title", "notes", "status", "priority", "assignee", "updated_at", "zeta"]


words = st.sampled_from(["", "a", "b", "<é>\n"])
moments = st.sampled_from([T0, T1, T2, "2026-01-02T01:00:00+01:00"])
links = st.builds(link, st.sampled_from(["b-2", "b-3", "b-4"]), st.sampled_from(["blocks", "related"]), moments)
remarks = st.builds(
    lambda name, words, at: said(words, created_at=at) | ({"id": name} if name else {}),
    st.sampled_from([0, 1, 2]), st.sampled_from(["one", "two"]), moments,
)  # fmt: skip
statuses = st.sampled_from(
    [{"status": "open"}, {"status": "in_progress"}, {"status": "hooked"}, {"status": "tombstone", "deleted_at": T1},
     {"status": "closed", "closed_at": T1, "close_reason": "x"}, {"status": "closed", "closed_at": T2}]
)  # fmt: skip
bodies = st.fixed_dictionaries(
    {"id": st.just("b-1"), "title": st.sampled_from(["one", "two", "three"])},
    optional={
        "description": words, "owner": words, "priority": st.integers(0, 4),
        "x_unknown": st.sampled_from([1, [2], None]),
        "labels": st.lists(st.sampled_from("xyz"), unique=True), "updated_at": moments, "comment_count": st.just(3),
        "dependencies": st.lists(links, unique_by=lambda one: one["depends_on_id"]),
        "comments": st.lists(remarks, unique_by=lambda one: (one.get("id"), one["text"], one["created_at"])),
        "metadata": st.one_of(st.dictionaries(st.sampled_from("kl"), st.integers(0, 3)), st.just("text")),
    },
)  # fmt: skip
versions = st.builds(lambda body, status: dump(body | status), bodies, statuses)


BRIEFLY = settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def facts(line: str) -> set[tuple[str, str]]:
    """Everything a line says, one by one: what a merge may neither lose nor invent."""
    found: set[tuple[str, str]] = set()
    for key, value in json.loads(line).items():
        if key in (*LATEST, *COUNTED) or not value:
            continue
        if key in KINDS and isinstance(value, list):
            found |= {(key, _fact(entry)) for entry in value}
        elif isinstance(value, dict):
            found |= {(f"{key}.{name}", dump(one)) for name, one in value.items()}
        else:
            found.add((key, dump(value)))
    return found


def _fact(entry: Any) -> str:
    if not isinstance(entry, dict):
        return dump(entry)
    return json.dumps({key: one for key, one in entry.items() if key not in INCIDENTAL}, sort_keys=True)


def told(done: Merged) -> set[tuple[str, str]]:
    """What the clashes keep."""
    found: set[tuple[str, str]] = set()
    for clash in done.clashes:
        for side in (clash.ours, clash.theirs):
            if side is None:
                continue
            if clash.field == "status":
                found |= facts(side)
            elif clash.field == "metadata" and clash.item:
                found.add((f"metadata.{clash.item}", dump(json.loads(side))))
            elif clash.field in KINDS and clash.item:
                found.add((clash.field, _fact(json.loads(side))))
            else:
                found |= facts(dump({clash.field: json.loads(side)}))
    return found


@BRIEFLY
@given(versions, versions)
def test_a_side_that_changed_nothing_yields_to_the_other(base: str, other: str) -> None:
    assert merge(base, base, other) == Merged(other)
    assert merge(base, other, base) == Merged(other)
    assert merge(base, other, other) == Merged(other)


@BRIEFLY
@given(st.one_of(st.just(""), versions), versions, versions)
def test_nothing_is_lost_and_nothing_invented(base: str, ours: str, theirs: str) -> None:
    done = merge(base, ours, theirs)
    said_before = facts(base) if base else set()
    kept = facts(done.line) | told(done)
    assert (facts(ours) | facts(theirs)) - said_before <= kept
    assert facts(done.line) <= facts(ours) | facts(theirs)


@BRIEFLY
@given(st.one_of(st.just(""), versions), versions, versions)
def test_both_machines_come_to_the_same(base: str, ours: str, theirs: str) -> None:
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert facts(one.line) == facts(other.line)
    assert {(c.field, c.item) for c in one.clashes} == {(c.field, c.item) for c in other.clashes}


@BRIEFLY
@given(st.one_of(st.just(""), versions), versions, versions)
def test_what_comes_out_is_a_line_and_merging_it_again_changes_nothing(base: str, ours: str, theirs: str) -> None:
    done = merge(base, ours, theirs)
    assert compact(done.line) == done.line
    read(json.loads(done.line))
    assert merge(theirs, done.line, theirs) == Merged(done.line)
    assert {key for key in json.loads(done.line) if key in STATUS} <= {*json.loads(ours), *json.loads(theirs)}


@pytest.mark.parametrize("odd", ["{}", "null", '"text"', "[1]"])
def test_lists_and_metadata_that_are_none_are_merged_whole(odd: str) -> None:
    base, theirs = text(metadata="m"), text(metadata=json.loads(odd), title="theirs")
    done = merge(base, text(metadata="m", owner="o"), theirs)
    assert json.loads(done.line)["owner"] == "o"
    assert json.loads(done.line).get("metadata") == json.loads(odd)
