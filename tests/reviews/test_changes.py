"""Diffs as git writes them, read into files, hunks and lines."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loom_app.reviews.changes import Change, read_changes
from tests.support.git_repository import git, made

ODD = [
    "plain.txt",
    "with space.txt",
    "täg.txt",
    'quo"te.txt',
    "tab\tbed.txt",
    "b/a b/c.txt",
    "line\nbreak.txt",
    "-o.txt",
]
TEXT = st.lists(st.sampled_from(["a", "b", "--- x", "+++ y", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ no", "", "ü\r"]))


def _diff(folder: Path) -> str:
    git(folder, "add", "-A")
    return git(folder, "-c", "core.quotePath=false", "diff", "--cached", "HEAD")


def _only(diff: str) -> Change:
    (change,) = read_changes(diff)
    return change


def test_every_kind_of_change_is_told(tmp_path: Path) -> None:
    many = "".join(f"{number}\n" for number in range(20))
    folder = made(tmp_path / "r", {"old.txt": many, "gone.txt": "x\n", "kept.txt": "one\ntwo\n", "script": "x\n"})
    (folder / "old.txt").rename(folder / "new name.txt")
    (folder / "gone.txt").unlink()
    (folder / "kept.txt").write_text("one\n2")
    (folder / "image.png").write_bytes(b"\x89PNG\0\1")
    (folder / "empty").touch()
    (folder / "script").chmod(0o755)
    found = {change.path: change for change in read_changes(_diff(folder))}
    assert {path: change.status for path, change in found.items()} == {
        "empty": "added", "gone.txt": "deleted", "image.png": "added", "kept.txt": "modified",
        "new name.txt": "renamed", "script": "modified",
    }  # fmt: skip
    assert found["new name.txt"].old_path == "old.txt"
    assert found["image.png"].is_binary
    assert (found["script"].old_mode, found["script"].new_mode) == ("100644", "100755")
    (hunk,) = found["kept.txt"].hunks
    told = [(line.kind, line.old, line.new, line.text, line.ends) for line in hunk.lines]
    assert told == [
        ("same", 1, 1, "one", True), ("removed", 2, None, "two", True), ("added", None, 2, "2", False),
    ]  # fmt: skip
    assert found["kept.txt"].has("old", 2)
    assert not found["kept.txt"].has("new", 3)


def test_odd_names_are_read_as_they_are(tmp_path: Path) -> None:
    folder = made(tmp_path / "r", {"first": "x\n"})
    for name in ODD:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n")
        (folder / f"{name}.empty").touch()
    found = {change.path for change in read_changes(_diff(folder))}
    assert found == {*ODD, *(f"{name}.empty" for name in ODD)}


@given(before=TEXT, after=TEXT)
def test_no_text_is_taken_for_the_diff_itself(before: list[str], after: list[str]) -> None:
    removed, added = [f"-{text}" for text in before], [f"+{text}" for text in after]
    head = ["diff --git a/a.txt b/a.txt", "index 1..2 100644", "--- a/a.txt", "+++ b/a.txt"]
    hunk = f"@@ -{min(1, len(before))},{len(before)} +{min(1, len(after))},{len(after)} @@ def same():"
    second = [line.replace("a.txt", "b.txt") for line in head]
    diff = "\n".join([*head, hunk, *removed, *added, *second, "@@ -1 +1 @@", "-x", "+y", ""])
    first, other = read_changes(diff)
    assert [line.text for line in first.hunks[0].lines] == [*before, *after]
    assert (first.count("removed"), first.count("added")) == (len(before), len(after))
    assert [line.text for line in other.hunks[0].lines] == ["x", "y"]


def test_what_is_cut_off_or_no_diff_breaks_nothing(tmp_path: Path) -> None:
    folder = made(tmp_path / "r", {"a.txt": "1\n2\n3\n", "b.txt": "1\n"})
    (folder / "a.txt").write_text("one\n2\nthree\n")
    (folder / "b.txt").write_text("2\n")
    whole = _diff(folder)
    for length in range(len(whole)):
        read_changes(whole[:length] + "\n… 99 more characters are not kept\n")
    assert read_changes("") == []
    assert read_changes("(no diff: the folder is gone)") == []
