import pytest

from loom_app.kernel.errors import Forbidden, Invalid
from loom_app.sandbox.paths import is_git, names


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/app.py", ["src", "app.py"]),
        ("./src//app.py/", ["src", "app.py"]),
        (".", []),
        ("/base/src/app.py", ["src", "app.py"]),
        ("/base", []),
        ("a/../b", ["a", "..", "b"]),
        (".github/workflows/ci.yml", [".github", "workflows", "ci.yml"]),
        (".gitignore", [".gitignore"]),
        ("träume/日本.txt", ["träume", "日本.txt"]),
    ],
)
def test_components(path: str, expected: list[str]) -> None:
    assert names(path, "/base") == expected


@pytest.mark.parametrize(
    "path", ["", "  ", "a\0b", "a\nb", "a\x1b[2Jb", "a\x7fb", "\ud800", "x" * 256, "a/" * 101, "é" * 128]
)
def test_text_that_is_no_path(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        names(path)
    assert caught.value.code == "path_invalid"


@pytest.mark.parametrize("path", ["/etc/passwd", "/", "/basement/x", "//base/x", "/base2"])
def test_absolute_paths_outside(path: str) -> None:
    with pytest.raises(Forbidden) as caught:
        names(path, "/base")
    assert caught.value.code == "path_outside"


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".GIT",
        ".gIt",
        ".git ",
        ".git.",
        "git~1",
        "GIT~1",
        ".g\u200cit",
        "\ufeff.git",
        ".git::$INDEX_ALLOCATION",
        ".git\\hooks",
    ],
)
def test_names_that_mean_gits_directory(name: str) -> None:
    assert is_git(name)
    with pytest.raises(Forbidden) as caught:
        names(f"sub/{name}/config")
    assert caught.value.code == "path_git"


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes", "git", ".github", "x.git", "git~10"])
def test_names_that_do_not(name: str) -> None:
    assert not is_git(name)
