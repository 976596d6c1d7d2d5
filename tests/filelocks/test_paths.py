import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.filelocks.paths import folders_of, normalised
from loom_app.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("given_path", "path"),
    [("a.py", "a.py"), ("./src//a.py", "src/a.py"), ("src/", "src"), ("src/./b/.c", "src/b/.c"), ("a b", "a b"),
     ("..a/b..", "..a/b.."), ("cafe\u0301.py", "caf\u00e9.py")],
)  # fmt: skip
def test_a_file_has_one_way_of_writing(given_path: str, path: str) -> None:
    assert normalised(given_path) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [("", "names no file"), (".", "names no file"), ("./", "names no file"), ("/", "names no file"),
     ("/etc/passwd", "root of the machine"), ("../x", "has .. in it"), ("src/../../x", "has .. in it"),
     ("src\\a.py", "backslash"), ("a\x00b", "control character"), ("a\nb", "control character"),
     ("x" * 1_001, "longer than 1000"), ("a/" * 500 + "b", "longer than 1000")],
)  # fmt: skip
def test_what_cannot_be_locked_is_told(path: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        normalised(path)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_and_never_leads_out(text: str) -> None:
    try:
        path = normalised(text)
    except Invalid:
        return
    assert normalised(path) == path == unicodedata.normalize("NFC", path)
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
    assert [*folders_of(path)] == [path[:at] for at, character in enumerate(path) if character == "/"]
