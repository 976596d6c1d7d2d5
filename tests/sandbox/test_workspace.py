import ctypes
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from loom_app.kernel.errors import Conflict, Forbidden, Invalid, LoomError, NotFound, TooLarge
from loom_app.sandbox.workspace import Workspace
from tests.sandbox.conftest import SECRET


def refused(code: str, call: object, *args: object, **options: object) -> LoomError:
    with pytest.raises(LoomError) as caught:
        call(*args, **options)  # type: ignore[operator]
    assert caught.value.code == code, caught.value.message
    return caught.value


class TestReading:
    def test_a_whole_file(self, workspace: Workspace) -> None:
        assert workspace.read_text("README.md") == "# Title\nsecond line\nthird line\n"

    def test_paths_that_begin_with_the_root(self, workspace: Workspace, root: Path) -> None:
        assert workspace.read_text(f"{root}/src/app.py").startswith("def answer")

    def test_a_root_behind_a_link_is_accepted_under_both_names(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "alias").symlink_to(root)
        workspace = Workspace(tmp_path / "alias")
        assert workspace.read_text(f"{tmp_path}/alias/README.md") == workspace.read_text(f"{root}/README.md")

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            (2, 2, "second line\n"),
            (2, None, "second line\nthird line\n"),
            (None, 1, "# Title\n"),
            (3, 99, "third line\n"),
        ],
    )
    def test_some_lines(self, workspace: Workspace, first: int | None, last: int | None, expected: str) -> None:
        assert workspace.read_text("README.md", start_line=first, end_line=last) == expected

    @pytest.mark.parametrize(("first", "last"), [(0, 1), (-1, None), (3, 2), (4, None), (1, 0)])
    def test_lines_that_are_not_there(self, workspace: Workspace, first: int, last: int | None) -> None:
        refused("bad_lines", workspace.read_text, "README.md", start_line=first, end_line=last)

    def test_the_first_lines_of_an_empty_file(self, workspace: Workspace, root: Path) -> None:
        (root / "empty").touch()
        assert workspace.read_text("empty") == workspace.read_text("empty", start_line=1, end_line=5) == ""

    def test_line_ends_and_a_missing_last_one_stay_as_they_are(self, workspace: Workspace, root: Path) -> None:
        (root / "dos.txt").write_bytes(b"one\r\ntwo")
        assert workspace.read_text("dos.txt") == "one\r\ntwo"
        assert workspace.read_text("dos.txt", start_line=2) == "two"

    def test_too_large_says_how_to_read_a_part(self, workspace: Workspace, root: Path) -> None:
        (root / "big").write_text("0123456789\n" * 1000)
        assert "start_line" in refused("file_too_large", workspace.read_text, "big", 1000).message
        assert workspace.read_text("big", 1000, start_line=900, end_line=901) == "0123456789\n" * 2
        refused("file_too_large", workspace.read_text, "big", 1000, start_line=1)

    def test_one_endless_line(self, workspace: Workspace, root: Path) -> None:
        (root / "line").write_text("x" * 5000)
        refused("file_too_large", workspace.read_text, "line", 1000, start_line=1, end_line=1)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image of 10 bytes"),
            (b"ab\0cd", "binary data of 5 bytes"),
            ("héllo".encode("utf-16"), "UTF-16 text"),
            ("eins\nhéllo".encode("latin-1"), "line 2"),
            (b"x" * 9000 + b"\0", "binary data"),
        ],
    )
    def test_what_is_not_utf8_text(self, workspace: Workspace, root: Path, content: bytes, words: str) -> None:
        (root / "thing").write_bytes(content)
        assert words in refused("not_text", workspace.read_text, "thing").message

    def test_text_that_begins_like_a_picture(self, workspace: Workspace, root: Path) -> None:
        (root / "notes").write_text("GIF8 is how GIF files begin")
        assert workspace.read_text("notes").startswith("GIF8")

    def test_what_is_no_file(self, workspace: Workspace, root: Path) -> None:
        os.mkfifo(root / "pipe")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(root / "socket"))
        refused("special_file", workspace.read_text, "pipe")
        refused("special_file", workspace.read_text, "socket")
        refused("special_file", workspace.resolve, "pipe")
        refused("special_file", workspace.write_text, "pipe", "x")
        refused("is_a_directory", workspace.read_text, "src")
        refused("path_not_found", workspace.read_text, "nowhere/at/all")
        refused("not_a_directory", workspace.read_text, "README.md/x")

    def test_links_inside_are_followed(self, workspace: Workspace, root: Path) -> None:
        (root / "link").symlink_to("src")
        (root / "src" / "back").symlink_to("../README.md")
        (root / "absolute").symlink_to(root / "src" / "app.py")
        assert workspace.read_text("link/back").startswith("# Title")
        assert workspace.read_text("absolute").startswith("def answer")
        assert workspace.resolve("link/app.py") == root / "src" / "app.py"


class TestWriting:
    def test_a_new_file_with_its_directories(self, workspace: Workspace, root: Path) -> None:
        assert workspace.write_text("a/b/c.txt", "grün") == 5
        assert (root / "a/b/c.txt").read_text() == "grün"
        assert [entry.name for entry in (root / "a/b").iterdir()] == ["c.txt"]

    def test_mode_bits_stay(self, workspace: Workspace, root: Path) -> None:
        (root / "run.sh").write_text("old")
        (root / "run.sh").chmod(0o755)
        workspace.write_text("run.sh", "new")
        assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o755

    def test_a_hard_link_to_the_outside_is_cut_and_not_written_through(
        self, workspace: Workspace, root: Path, outside: Path
    ) -> None:
        (root / "hard").hardlink_to(outside / "secret.txt")
        workspace.write_text("hard", "mine")
        assert (outside / "secret.txt").read_text() == SECRET

    def test_a_reader_never_sees_half_a_file(self, workspace: Workspace, root: Path) -> None:
        texts = {"a" * 200_000, "b" * 300_000}
        workspace.write_text("file", min(texts))
        stop, seen = threading.Event(), set()

        def look() -> None:
            while not stop.is_set():
                seen.add((root / "file").read_text())

        reader = threading.Thread(target=look)
        reader.start()
        for _ in range(20):
            for text in texts:
                workspace.write_text("file", text)
        stop.set()
        reader.join()
        assert seen <= texts

    def test_a_failed_write_leaves_the_old_file_and_no_draft(
        self, workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        refused("disk_full", workspace.write_text, "README.md", "new")
        assert (root / "README.md").read_text().startswith("# Title")
        assert sorted(path.name for path in root.iterdir()) == ["README.md", "src"]

    def test_limits(self, root: Path, workspace: Workspace) -> None:
        refused("file_too_large", workspace.write_text, "big", "x" * 5_000_001)
        refused("not_text", workspace.write_text, "half", "\ud800")
        small = Workspace(root, max_files=3)
        small.write_text("third", "")
        assert isinstance(refused("too_many_files", small.write_text, "fourth", ""), TooLarge)
        small.write_text("third", "changing one is no new file")
        small.delete("third")
        small.write_text("fourth", "")

    def test_a_workspace_that_is_full_takes_no_more_but_may_shrink(self, root: Path) -> None:
        small = Workspace(root, max_bytes=200_000)
        small.write_text("a", "x" * 120_000)
        assert "Delete" in refused("workspace_full", small.write_text, "b", "x" * 120_000).message
        small.write_text("a", "short")
        small.write_text("b", "x" * 120_000)

    def test_directories_are_not_overwritten(self, workspace: Workspace) -> None:
        refused("is_a_directory", workspace.write_text, "src", "x")
        refused("is_a_directory", workspace.write_text, ".", "x")
        refused("path_invalid", workspace.write_text, "new/", "x")
        refused("not_a_directory", workspace.write_text, "README.md/x", "x")


class TestMovingAndDeleting:
    def test_delete(self, workspace: Workspace, root: Path, outside: Path) -> None:
        (root / "link").symlink_to(outside / "secret.txt")
        workspace.delete("link")
        workspace.delete("README.md")
        workspace.delete("src/deep")
        assert (outside / "secret.txt").exists()
        assert sorted(str(path.relative_to(root)) for path in root.rglob("*")) == ["src", "src/app.py"]
        assert isinstance(refused("not_empty", workspace.delete, "src"), Conflict)
        assert isinstance(refused("path_not_found", workspace.delete, "README.md"), NotFound)
        refused("path_invalid", workspace.delete, ".")

    def test_move(self, workspace: Workspace, root: Path) -> None:
        workspace.move("README.md", "docs/guide/README.md")
        workspace.move("src", "lib")
        assert (root / "docs/guide/README.md").exists()
        assert (root / "lib/app.py").exists()
        assert isinstance(refused("path_exists", workspace.move, "lib/app.py", "docs"), Conflict)
        refused("path_not_found", workspace.move, "gone", "there")
        refused("path_invalid", workspace.move, "lib", "lib/inside")
        refused("path_invalid", workspace.move, ".", "x")

    def test_exists(self, workspace: Workspace, root: Path) -> None:
        (root / "dangling").symlink_to("nothing")
        (root / "loop").symlink_to("loop")
        assert [workspace.exists(path) for path in ("src", "src/app.py", ".", "none", "README.md/x", "dangling")] == [
            *(True, True, True),
            *(False, False, False),
        ]
        refused("path_invalid", workspace.exists, "loop")


OPERATIONS = {
    "read": lambda workspace, path: workspace.read_text(path),
    "write": lambda workspace, path: workspace.write_text(path, "x"),
    "delete": lambda workspace, path: workspace.delete(path),
    "move from": lambda workspace, path: workspace.move(path, "moved"),
    "move to": lambda workspace, path: workspace.move("README.md", path),
    "resolve": lambda workspace, path: workspace.resolve(path),
    "exists": lambda workspace, path: workspace.exists(path),
    "tree": lambda workspace, path: workspace.tree(path),
    "search": lambda workspace, path: workspace.search("the", path),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../outside/secret.txt",
        "src/../../outside/secret.txt",
        "../work tree/../outside/secret.txt",
        "escape/secret.txt",
        "src/up/up/outside/secret.txt",
        "chain/secret.txt",
        ".git/config",
        "src/.GIT/hooks/pre-commit",
        "to-git/config",
        "a\0b",
    ],
)
def test_no_operation_leaves_the_workspace(
    workspace: Workspace, root: Path, outside: Path, operation: str, path: str
) -> None:
    (root / "escape").symlink_to(outside)
    (root / "src" / "up").symlink_to("../..")
    (root / "chain").symlink_to("escape")
    (root / "to-git").symlink_to(".git")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]")
    before = sorted(str(found) for found in root.parent.rglob("*"))
    with pytest.raises((Forbidden, Invalid)):
        OPERATIONS[operation](workspace, path)
    assert sorted(str(found) for found in root.parent.rglob("*")) == before
    assert (outside / "secret.txt").read_text() == SECRET


@pytest.mark.parametrize("operation", ["read", "write", "move to", "resolve", "exists", "tree", "search"])
def test_a_link_out_at_the_end_of_the_path(workspace: Workspace, root: Path, outside: Path, operation: str) -> None:
    (root / "end").symlink_to(outside / "secret.txt")
    with pytest.raises(Forbidden):
        OPERATIONS[operation](workspace, "end")
    assert (outside / "secret.txt").read_text() == SECRET


def test_nothing_is_written_through_a_link_inside(workspace: Workspace, root: Path) -> None:
    (root / "link").symlink_to("src")
    (root / "file").symlink_to("README.md")
    for path in ("link/new.py", "file"):
        assert "symbolic link" in refused("path_link", workspace.write_text, path, "x").message
    refused("path_link", workspace.delete, "link/app.py")
    refused("path_link", workspace.move, "README.md", "link/README.md")
    workspace.move("link", "renamed")
    assert (root / "renamed").is_symlink()


def test_a_gitdir_file_of_a_worktree_is_closed_too(workspace: Workspace, root: Path) -> None:
    (root / ".git").write_text("gitdir: /somewhere")
    for operation in ("read", "write", "delete", "move from", "move to"):
        with pytest.raises(Forbidden):
            OPERATIONS[operation](workspace, ".git")


def test_a_directory_swapped_for_a_link_under_our_hands(workspace: Workspace, root: Path, outside: Path) -> None:
    (root / "flip").mkdir()
    (root / "flip" / "secret.txt").write_text("harmless")
    (root / "flop").symlink_to(outside)
    stop, got, libc = threading.Event(), set(), ctypes.CDLL(None)

    def exchange() -> None:
        here, names = os.open(root, os.O_RDONLY), (b"flip", b"flop")
        while not stop.is_set():
            libc.renameat2(here, names[0], here, names[1], 2)  # RENAME_EXCHANGE: both change places at once
        os.close(here)

    attacker = threading.Thread(target=exchange)
    attacker.start()
    for turn in range(600):
        try:
            got.add(workspace.read_text("flip/secret.txt"))
            workspace.write_text(f"flip/new-{turn % 3}", "x")
        except LoomError:
            continue
    stop.set()
    attacker.join()
    assert got <= {"harmless"}
    assert [path.name for path in outside.iterdir()] == ["secret.txt"]


def test_a_root_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Workspace(tmp_path / "gone")
