import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.beadfiles.jsonl import File, decode, parse
from loom_app.beadfiles.jsontext import compact, dump, elements, members
from loom_app.beadfiles.line import write
from loom_app.beadfiles.record import READERS, LineFault, Record, Remark, read
from loom_app.kernel.clock import to_the_second
from loom_app.kernel.errors import Invalid

ODDITIES = Path(__file__).parent / "files" / "oddities.jsonl"
BARE = {"id": "a-1", "title": "t", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}


def one(**changes: Any) -> Record:
    file = parse(json.dumps({**BARE, **changes}))
    assert file.problems == []
    return file.lines[0].record


def reason(line: Any) -> str:
    file = parse(line if isinstance(line, str) else json.dumps(line))
    assert file.lines == []
    [problem] = file.problems
    return problem.reason


def test_every_oddity_is_read_and_written_back() -> None:
    text = decode(ODDITIES.read_bytes())
    file = parse(text)
    assert file.problems == []
    assert len(file.lines) == 11
    assert list(file.others) == ["_schema", '"memory":build']
    by_id = {json.loads(line).get("id"): line for line in text.splitlines() if line}
    for line in file.lines:
        written = write(line.record, line.text)
        assert written == line.text
        assert json.loads(written) == json.loads(by_id[line.record.id])


def test_what_was_written_by_go_comes_back_to_the_byte() -> None:
    raw = (
        '{"id":"a-1","title":"\\u003cx\\u003e \\u0026 é 😀","priority":0,"created_at":"2026-01-01T00:00:00.10Z",'
        '"updated_at":"2026-01-02T00:00:00+02:00","metadata":{"z":1.50,"a":1e3},"future":{"b":[],"a":{}}}'
    )
    [line] = parse(raw).lines
    assert line.text == raw
    assert write(line.record, line.text) == raw


def test_statuses_find_their_column_and_keep_their_name() -> None:
    shown = {
        name: (one(status=name).status, one(status=name).source_status)
        for name in (
            "open",
            "closed",
            "done",
            "in_progress",
            "blocked",
            "deferred",
            "pinned",
            "hooked",
            "tombstone",
            "triage",
        )
    }
    assert shown == {
        "open": ("open", ""), "closed": ("done", ""), "done": ("done", ""), "in_progress": ("in_progress", ""),
        "blocked": ("blocked", ""), "deferred": ("open", "deferred"), "pinned": ("open", "pinned"),
        "hooked": ("in_progress", "hooked"), "tombstone": ("done", "tombstone"), "triage": ("open", "triage"),
    }  # fmt: skip


def test_no_priority_means_the_highest_and_times_are_utc() -> None:
    record = one(updated_at="2026-01-02T00:00:00.123456789-08:00")
    assert record.priority == 0
    assert record.updated_at == datetime(2026, 1, 2, 8, 0, 0, 123456, tzinfo=UTC)


def test_only_what_changed_is_written_anew() -> None:
    [line] = parse(
        '{"id":"a-1","zeta":1.0,"title":"t","priority":1,"created_at":"2026-01-01T00:00:00.000Z",'
        '"updated_at":"2026-01-02T00:00:00Z","labels":["x"],"dependencies":['
        '{"issue_id":"a-1","depends_on_id":"a-2","type":"blocks","metadata":"{}"},'
        '{"issue_id":"a-1","depends_on_id":"a-3","type":"related","thread_id":"q"}]}'
    ).lines
    changed = dict_of(line.record) | {
        "status": "done", "closed_at": datetime(2026, 3, 1, tzinfo=UTC), "tags": [],
        "description": "why", "links": line.record.links[1:],
    }  # fmt: skip
    assert write(Record(**changed), line.text) == (
        '{"id":"a-1","zeta":1.0,"title":"t","description":"why","status":"closed","priority":1,'
        '"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-02T00:00:00Z",'
        '"closed_at":"2026-03-01T00:00:00Z","dependencies":['
        '{"issue_id":"a-1","depends_on_id":"a-3","type":"related","thread_id":"q"}]}'
    )


def test_a_deleted_bead_that_is_opened_again_is_no_longer_marked_deleted() -> None:
    [line] = parse(json.dumps({**BARE, "status": "tombstone", "deleted_at": "2026-01-02T00:00:00Z"})).lines
    opened = Record(**(dict_of(line.record) | {"status": "open", "source_status": "", "closed_at": None}))
    assert json.loads(write(opened, line.text)) == {**BARE, "status": "open"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "is cut off: Expecting property name"),
        ('{"id":"a-1","title":"half a li', "is cut off"),
        ('{"id":"a-1" "title":1}', "is no JSON: Expecting ',' delimiter at character 13"),
        ("[1]", "is no JSON object"),
        ("<<<<<<< HEAD", "is a conflict marker (<<<<<<<)"),
        ("=======", "is a conflict marker"),
        (">>>>>>> theirs", "is a conflict marker"),
        ('{"id":"a","title":"t","x":NaN}', "is no JSON: NaN is no JSON number"),
        ("[" * 100_000, "is cut off"),
        ({"title": "t"}, "has no id"),
        ({"id": "", "title": "t"}, "has no id"),
        ({"id": "a b", "title": "t"}, "has the id 'a b'; an id is at most 200 characters without blanks and slashes"),
        ({"id": "a/b", "title": "t"}, "has the id 'a/b'"),
        ({"id": "a"}, "has no title"),
        ({"id": "a", "title": "  "}, "has no title"),
        ({"id": "a", "title": "x" * 501}, "title has 501 characters, 500 at most"),
        ({"id": "a", "title": 7}, "title must be a text, not a whole number"),
        ({**BARE, "priority": "1"}, "priority must be a whole number, not a text"),
        ({**BARE, "priority": 1.0}, "priority must be a whole number, not a number"),
        ({**BARE, "priority": True}, "priority must be a whole number, not true or false"),
        ({**BARE, "priority": 5}, "priority is 5; it must be 0 to 4"),
        ({**BARE, "priority": -1}, "priority is -1"),
        ({**BARE, "estimated_minutes": 10**12}, "estimated_minutes is 1000000000000"),
        ({**BARE, "labels": "x"}, "labels must be a list, not a text"),
        ({**BARE, "labels": ["x", 1]}, "labels[1] must be a text, not a whole number"),
        ({**BARE, "updated_at": "yesterday"}, "updated_at is 'yesterday', which is no time"),
        ({**BARE, "updated_at": "2026-02-30T00:00:00Z"}, "which is no time there ever was"),
        ({**BARE, "created_at": "2026-01-01T00:00:00"}, "created_at is '2026-01-01T00:00:00', which is no time"),
        ({**BARE, "dependencies": [{"type": "blocks"}]}, "dependencies[0]: has no depends_on_id"),
        ({**BARE, "dependencies": ["a-2"]}, "dependencies[0] must be an object, not a text"),
        ({**BARE, "comments": {}}, "comments must be a list, not an object"),
        ({**BARE, "pinned": "yes"}, "pinned must be true or false, not a text"),
        ({**BARE, "description": "a\x00b"}, "description holds a NUL character"),
        ('{"id":"a","title":"\\ud800"}', "title holds half a surrogate pair"),
        ({**BARE, "metadata": {"k": "\x00"}}, "metadata holds a NUL character"),
    ],
)  # fmt: skip
def test_a_bad_line_says_what_is_wrong(line: Any, expected: str) -> None:
    assert expected in reason(line)


def test_bad_lines_are_named_by_number_and_good_ones_are_read() -> None:
    good = [json.dumps({**BARE, "id": f"a-{number}"}) for number in range(3)]
    file = parse("\ufeff" + "\r\n".join([good[0], "", "oops", good[1], good[1], "  ", good[2]]))
    assert [line.record.id for line in file.lines] == ["a-0", "a-1", "a-2"]
    assert [(problem.line, problem.bead_id) for problem in file.problems] == [(3, ""), (5, "a-1")]
    assert file.problems[1].reason == "repeats the id a-1 of line 4"
    assert file.total == 5


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_holds_nothing(data: bytes) -> None:
    assert parse(decode(data)) == File()


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b'{"id":1}\n\xff\xfe', "0xff in line 2"), ('{"id":1}'.encode("utf-16"), "UTF-16"), (b"\xed\xa0\x80", "0xed")],
)
def test_a_file_that_is_not_utf8_is_refused_with_the_place(data: bytes, expected: str) -> None:
    with pytest.raises(Invalid, match=expected):
        decode(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(json_values, st.sampled_from([None, 1, "\t"]))
def test_compact_text_means_the_same_and_is_what_go_writes(value: Any, indent: Any) -> None:
    pretty = json.dumps(value, indent=indent)
    packed = compact(pretty)
    assert json.loads(packed) == value
    assert compact(packed) == packed
    assert not set("<>&\u2028\u2029") & set(packed)
    if isinstance(value, dict):
        assert {key: json.loads(text) for key, text in members(packed).items()} == value
    if isinstance(value, list):
        assert [json.loads(text) for text in elements(packed)] == value


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
fractions = st.sampled_from(["", ".1", ".12", ".123456", ".123456789", ".000000001"])
moments = st.builds(
    lambda at, fraction, zone: at.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + zone,
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn apart
    fractions,
    st.sampled_from(["Z", "+00:00", "-08:00", "+05:30"]),
)
ids = st.from_regex(r"[a-z]{1,3}-[a-z0-9]{3}(\.[0-9])?", fullmatch=True)
dependencies = st.fixed_dictionaries(
    {"depends_on_id": ids | st.just("external:x:y-1")},
    optional={
        "issue_id": ids, "type": st.sampled_from(["blocks", "parent-child", "waits-for", "relates-to", "child"]),
        "created_at": moments, "created_by": texts, "thread_id": texts,
        "metadata": st.sampled_from(["", "{}", '{"gate":"any-children"}', "no json"]) | json_values,
    },
)  # fmt: skip
lines = st.fixed_dictionaries(
    {"id": ids, "title": texts.filter(lambda text: text.strip())},
    optional={
        "description": texts | st.none(), "notes": texts, "priority": st.integers(0, 4), "created_at": moments,
        "status": st.sampled_from(["open", "closed", "done", "deferred", "pinned", "hooked", "tombstone", "triage"]),
        "issue_type": st.sampled_from(["task", "bug", "role", "merge-request"]), "updated_at": moments,
        "closed_at": moments, "due_at": moments, "labels": st.lists(texts, max_size=3), "assignee": texts,
        "estimated_minutes": st.integers(0, 10**6) | st.none(), "metadata": json_values, "pinned": st.booleans(),
        "wisp": st.booleans(), "ephemeral": st.booleans(), "dependencies": st.lists(dependencies, max_size=4),
        "comments": st.lists(st.dictionaries(texts, json_values, max_size=2), max_size=2),
        "spec_id": texts, "unknown": json_values, "timeout": st.integers(0, 10**18),
    },
)  # fmt: skip


some_keys = st.sampled_from([*READERS, "id", "unknown"])


@given(lines, st.dictionaries(some_keys, json_values | texts | moments, max_size=4), st.randoms())
def test_whatever_the_order_of_the_keys_the_same_is_read_and_the_same_fault_told(
    line: dict[str, Any], changed: dict[str, Any], chance: random.Random
) -> None:
    whole = list((line | changed).items())
    as_written_here = sorted(whole, key=lambda item: list(READERS).index(item[0]) if item[0] in READERS else -1)
    chance.shuffle(whole)
    assert told(dict(whole)) == told(dict(as_written_here))


def told(line: dict[str, Any]) -> Record | str:
    """What is read, or the fault."""
    try:
        return read(line)
    except LineFault as fault:
        return str(fault)


@given(lines, st.booleans())
def test_any_line_comes_back_as_it_was(line: dict[str, Any], escaped: bool) -> None:
    file = parse(json.dumps(line, ensure_ascii=escaped))
    if file.problems:
        assert "metadata" in file.problems[0].reason or "nested" in file.problems[0].reason
        return
    [read_line] = file.lines
    written = write(read_line.record, read_line.text)
    assert json.loads(written) == line
    assert list(json.loads(written)) == list(line)


@given(lines)
def test_a_record_without_a_source_comes_back_as_it_was(line: dict[str, Any]) -> None:
    file = parse(json.dumps(line))
    if not file.problems:
        record = file.lines[0].record
        if record.source_status != "tombstone" and record.updated_at is not None:
            assert read(json.loads(write(record))) == replace(record, remarks=tuple(map(as_written, record.remarks)))


def as_written(said: Remark) -> Remark:
    """A comment without an id is known again by its second."""
    return said if said.file_id else replace(said, created_at=to_the_second(said.created_at))


def dict_of(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}


def test_keys_are_written_in_the_tools_order() -> None:
    record = one(priority=0, labels=["x"], status="closed", description="<d>")
    assert write(record) == (
        '{"id":"a-1","title":"t","description":"\\u003cd\\u003e","status":"closed","priority":0,"issue_type":"task",'
        '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z","closed_at":"2026-01-02T00:00:00Z",'
        '"labels":["x"]}'
    )
    assert dump("\b\f\n\u007f") == '"\\b\\f\\n\x7f"'
