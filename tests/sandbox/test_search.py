import os
from pathlib import Path

import pytest

from loom_app.kernel.errors import Invalid
from loom_app.sandbox import search
from loom_app.sandbox.workspace import Workspace

Found = list[tuple[str, int, str]]


@pytest.fixture(params=["ripgrep", "own"])
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "own":
        monkeypatch.setattr(search, "ripgrep", lambda: None)
    elif search.ripgrep() is None:
        pytest.skip("ripgrep is not installed")


def found(workspace: Workspace, query: str, path: str = ".", limit: int = 200, *, regex: bool = False) -> Found:
    return [(match.path, match.line, match.text) for match in workspace.search(query, path, limit, regex=regex)]


@pytest.fixture
def rich(root: Path) -> Workspace:
    """Files of every awkward kind."""
    (root / "b.txt").write_bytes(b"needle one\r\nplain\r\nNEEDLE two\r\n")
    (root / "a").mkdir()
    (root / "a.txt").write_text("needle a.txt")
    (root / "a" / "z.txt").write_text("x\nneedle (a|b) [z] $1\n")
    (root / "a" / "--needle").write_text("-needle\n--needle\n")
    (root / "binary").write_bytes(b"needle\n\0\nneedle\n")
    (root / "late-nul").write_bytes(b"needle\n" + b"x" * 9000 + b"\nneedle \0 here\n")
    (root / "latin").write_bytes(b"needle caf\xe9\n")
    (root / "utf16").write_text("needle\n", encoding="utf-16")
    (root / "long").write_text("y" * 600 + "needle")
    (root / ".hidden").write_text("needle hidden")
    (root / ".gitignore").write_text("a.txt\n")
    (root / "link").symlink_to("a")
    (root / "file-link").symlink_to("a.txt")
    os.mkfifo(root / "pipe")
    for name in ("node_modules", ".git", "a/__pycache__", "a/.GIT"):
        (root / name).mkdir()
        (root / name / "x").write_text("needle")
    return Workspace(root)


@pytest.mark.usefixtures("_engine")
class TestBothEngines:
    def test_plain_text(self, rich: Workspace) -> None:
        assert found(rich, "needle") == [
            (".hidden", 1, "needle hidden"),
            ("a/--needle", 1, "-needle"),
            ("a/--needle", 2, "--needle"),
            ("a/z.txt", 2, "needle (a|b) [z] $1"),
            ("a.txt", 1, "needle a.txt"),
            ("b.txt", 1, "needle one"),
            ("late-nul", 1, "needle"),
            ("late-nul", 3, "needle \ufffd here"),
            ("latin", 1, "needle caf\ufffd"),
            ("long", 1, "y" * 500),
        ]

    @pytest.mark.parametrize("query", ["--needle", "(a|b) [z] $1", "-needle"])
    def test_queries_are_taken_by_the_letter(self, rich: Workspace, query: str) -> None:
        assert found(rich, query)

    @pytest.mark.parametrize("query", ["--files", "-e", "--pre=touch /tmp/x", "$(touch x)", "; ls", "'"])
    def test_queries_are_never_options(self, rich: Workspace, query: str) -> None:
        assert found(rich, query) == []

    @pytest.mark.parametrize(
        ("query", "lines"),
        [
            ("^needle o.e", ["needle one"]),
            ("(?i)needle two", ["NEEDLE two"]),
            (r"^\w+ \d*$", []),
            (r"needle (?!one|a|\(|hid|caf|\W)", []),
            (r"(e)\1dle a", ["needle a.txt"]),
            (r"needle$", ["-needle", "--needle", "needle", "y" * 500]),
        ],
    )
    def test_regular_expressions(self, rich: Workspace, query: str, lines: list[str]) -> None:
        assert [text for _, _, text in found(rich, query, regex=True)] == lines

    def test_part_of_the_workspace(self, rich: Workspace) -> None:
        assert found(rich, "needle", "a.txt") == [("a.txt", 1, "needle a.txt")]
        assert found(rich, "one", "b.txt") == [("b.txt", 1, "needle one")]
        assert [path for path, _, _ in found(rich, "(a|b)", "a")] == ["a/z.txt"]
        assert [path for path, _, _ in found(rich, "(a|b)", "link")] == ["a/z.txt"]

    def test_the_limit(self, rich: Workspace) -> None:
        listing = rich.search("needle", limit=3)
        assert listing.cut
        assert [match.path for match in listing] == [".hidden", "a/--needle", "a/--needle"]
        assert not rich.search("needle", limit=10).cut

    @pytest.mark.parametrize("query", ["", "two\nlines", "nul\0", "x" * 10_001])
    def test_queries_that_cannot_be_run(self, rich: Workspace, query: str) -> None:
        with pytest.raises(Invalid):
            rich.search(query)

    @pytest.mark.parametrize("query", ["(", "[", "*", r"\p{L}", "[[:alpha:]]"])
    def test_expressions_that_are_none(self, rich: Workspace, query: str) -> None:
        with pytest.raises(Invalid, match="regular expression"):
            rich.search(query, regex=True)

    def test_the_secret_beside_is_not_found(self, rich: Workspace, root: Path, outside: Path) -> None:
        (root / "escape").symlink_to(outside)
        assert found(rich, "nobody-may-see") == []


def test_an_expression_that_never_ends_is_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ripgrep", lambda: None)
    monkeypatch.setattr(search, "MAX_SECONDS", 0.3)
    (root / "evil").write_text("a" * 60 + "!")
    with pytest.raises(Invalid) as caught:
        Workspace(root).search("^(a+)+$", regex=True)
    assert caught.value.code == "search_timeout"
