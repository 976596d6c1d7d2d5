import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.beadfiles.driver import main
from loom_app.beadfiles.jsontext import dump
from loom_app.beadfiles.merge_files import GONE, NoBeadFile, lines_of, merge_files
from loom_app.beadfiles.sheet import rewritten, rows_of

T0, T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"


def line(bead_id: str, at: str = T0, **more: Any) -> str:
    return dump({"id": bead_id, "title": bead_id, "updated_at": at} | more)


def file(*lines: str, ending: str = "\n") -> str:
    return "".join(f"{one}{ending}" for one in lines)


def test_changes_additions_and_removals_of_both_sides_come_together() -> None:
    base = file(line("b-1"), line("b-3"), line("b-5"), line("b-7"))
    ours = file(line("b-1", T1, notes="n"), line("b-3"), line("b-4"), line("b-7"))
    theirs = file(line("b-1", T2, owner="o"), line("b-2"), line("b-5"), line("b-7"))
    done = merge_files(base, ours, theirs)
    assert list(lines_of(done.text)) == ["b-1", "b-2", "b-4", "b-7"]
    assert json.loads(rows_of(done.text)[0]) | {"updated_at": ""} == {
        "id": "b-1", "title": "b-1", "notes": "n", "owner": "o", "updated_at": "",
    }  # fmt: skip
    assert done.clashes == {}


def test_a_line_gone_on_one_side_and_changed_on_the_other_stays_and_is_named() -> None:
    base = file(line("b-1"), line("b-2"))
    done = merge_files(base, file(line("b-2")), file(line("b-1", T1, notes="n"), line("b-2")))
    assert list(lines_of(done.text)) == ["b-1", "b-2"]
    assert [(clash.field, clash.winner) for clash in done.clashes["b-1"]] == [(GONE, "theirs")]


def test_what_is_untouched_keeps_its_bytes() -> None:
    odd = '\ufeff{ "id":"b-1" ,"title":"b-1"}\r\n\r\n  {"_type":"memory","key":"k","value":1.50}\r\n'
    ours = odd + line("b-9") + "\r\n"
    done = merge_files(ours, ours, odd + line("b-9", T1, notes="n") + "\r\n" + line("b-5"))
    assert done.text.startswith(odd)
    assert rows_of(done.text)[3:] == [f"{line('b-5')}\r", f"{line('b-9', T1, notes='n')}\r", ""]


@pytest.mark.parametrize("bad", ["{", "[]", '{"title":"x"}', line("b-1") + "\n" + line("b-1")])
def test_what_cannot_be_told_apart_is_refused(bad: str) -> None:
    with pytest.raises(NoBeadFile, match=r"line \d"):
        merge_files("", file(line("b-2")), bad)


ids = st.lists(st.sampled_from([f"b-{n}" for n in range(9)]), unique=True)


@given(ids, ids, st.booleans(), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=60)
def test_rewriting_touches_only_what_it_was_told(present: list[str], wanted: list[str], tail: bool, end: str) -> None:
    text = file(*map(line, present), ending=end) + ("" if tail or not present else line("z-9"))
    at = dict(enumerate([*present, *([] if tail or not present else ["z-9"])]))
    assert rewritten(text, at, {}, {}) == text
    new = {one: line(one, T1) for one in wanted if one not in present}
    done = rewritten(text, at, {}, new)
    rows = [row for row in rows_of(done) if row]
    assert sorted(row.strip() for row in rows) == sorted(
        [*(row.strip() for row in rows_of(text) if row), *new.values()]
    )
    assert [row for row in rows if row.strip() not in new.values()] == [row for row in rows_of(text) if row] or not tail
    if present == sorted(present) and tail:
        assert [json.loads(row)["id"] for row in rows] == sorted([*present, *new])


def drive(tmp_path: Path, *texts: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, content in zip(paths, texts, strict=True):
        path.write_text(content)
    return main([*options, *map(str, paths)]), paths[1].read_text()


def test_the_driver_marks_what_both_changed_or_keeps_a_record_of_it(tmp_path: Path) -> None:
    texts = (
        file(line("b-1"), line("b-2")), file(line("b-1", T1, title="x"), line("b-2")),
        file(line("b-1", T2, title="y"), line("b-2", T1, notes="n")),
    )  # fmt: skip
    code, marked = drive(tmp_path, *texts)
    assert code == 1
    assert rows_of(marked)[:5] == [
        "<<<<<<< ours", line("b-1", T1, title="x"), "=======", line("b-1", T2, title="y"), ">>>>>>> theirs",
    ]  # fmt: skip
    assert '"notes":"n"' in marked
    code, text = drive(tmp_path, *texts, options=(f"--clashes={tmp_path / 'log'}",))
    assert code == 0
    assert json.loads(rows_of(text)[0])["title"] == "y"
    told = json.loads((tmp_path / "log").read_text())
    assert (told["bead_id"], told["field"], told["ours"], told["theirs"]) == ("b-1", "title", '"x"', '"y"')


def test_the_driver_merges_other_files_as_text(tmp_path: Path) -> None:
    assert drive(tmp_path, "a\nb\nc\n", "a!\nb\nc\n", "a\nb\nc!\n") == (0, "a!\nb\nc!\n")


def test_git_can_start_the_driver(tmp_path: Path) -> None:
    for name in ("base", "ours", "theirs"):
        (tmp_path / name).write_text(file(line("b-1")))
    command = [
        sys.executable,
        "-m",
        "loom_app.beadfiles.driver",
        *(str(tmp_path / n) for n in ("base", "ours", "theirs")),
    ]
    assert subprocess.run(command, check=False).returncode == 0
