"""What names in Python mean."""

from pathlib import Path

import pytest

from tests.analysis.asking import ask, changed, laid_out, refused, spots

SHOP = {
    "shop/__init__.py": "",
    "shop/prices.py": (
        '"""Prices."""\n\nclass Price:\n    def total(self, amount=1):\n        return amount\n\n'
        "def total(x):\n    # total of x\n    return x\n"
    ),
    "main.py": (
        "import json\nfrom shop.prices import Price, total\n\nclass Net(Price):\n    def total(self, amount=2):\n"
        "        return total(x=amount)\n\nprint(Net().total(amount=3), total(4), json.loads)\n"
    ),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(tmp_path, monkeypatch, SHOP)


def test_a_place_on_the_line_may_be_named_by_its_column() -> None:
    method = ask("go_to_definition", path="main.py", line=8, column=15)
    assert spots(method) == ["main.py:5:9"]
    function = ask("go_to_definition", path="main.py", line=8, column=31)
    assert spots(function) == ["shop/prices.py:7:5"]
    outside = ask("go_to_definition", path="main.py", symbol="loads")
    assert (outside["places"], outside["notes"]) == ([], ["Defined outside of the project: json.loads."])
    code, said = refused("go_to_definition", path="main.py", line=1, column=40)
    assert (code, "'import json'" in said) == ("symbol_not_found", True)


def test_implementations_are_the_classes_and_methods_below() -> None:
    classes = ask("find_implementations", path="shop/prices.py", symbol="Price")
    assert spots(classes) == ["main.py:4:7"]
    methods = ask("find_implementations", path="shop/prices.py", symbol="Price.total")
    assert spots(methods) == ["main.py:5:9"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"x = 1\xff\n", "not_text"),
        (b"x = 1\ry = 2\r", "not_text"),
        (b"x = (1\n", "syntax_error"),
        (b"x = " + b"(" * 5000 + b")" * 5000 + b"\n", "syntax_error"),
        (b"x = 1\0\n", "not_text"),
        (b"y = 1\n", "symbol_not_found"),
        (b"", "symbol_not_found"),
    ],
)
def test_what_cannot_be_analysed_is_said(text: bytes, code: str) -> None:
    Path("a.py").write_bytes(text)
    assert refused("rename_symbol", path="a.py", symbol="x", new_name="z")[0] == code


def test_no_file_is_left_out_for_being_the_fortieth(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"use{number}.py").write_text("from shop.prices import total as t\nt(1)\n")
    found = ask("find_references", path="shop/prices.py", symbol="total", line=7)
    assert found["count"] == 4 + 40
    after = changed("rename_symbol", path="shop/prices.py", symbol="total", line=7, new_name="net")
    assert len(after) == 42


def test_packages_below_a_source_directory_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "src/pack/__init__.py": "",
        "src/pack/a.py": "def go(): ...\n",
        "tests/test_a.py": "from pack.a import go\n",
    }
    laid_out(tmp_path, monkeypatch, files)
    assert spots(ask("find_references", path="src/pack/a.py", symbol="go")) == [
        "src/pack/a.py:1:5",
        "tests/test_a.py:1:20",
    ]


def test_what_methods_set_belongs_to_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class A:\n    def __init__(self):\n        self.net = 1\n\n    def both(self):\n        return self.net\n"
    laid_out(tmp_path, monkeypatch, {"a.py": text, "b.py": "from a import A\nnet = A().net\n"})
    assert spots(ask("find_references", path="a.py", symbol="A.net")) == ["a.py:3:14", "a.py:6:21", "b.py:2:11"]
    after = changed("rename_symbol", path="a.py", symbol="A.net", new_name="gross")
    assert after == {"a.py": text.replace("net", "gross"), "b.py": "from a import A\nnet = A().gross\n"}


def test_a_module_is_not_renamed_as_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(tmp_path, monkeypatch, {"rates.py": "rates = 1\n", "use.py": "import rates\nprint(rates.rates)\n"})
    code, said = refused("rename_symbol", path="use.py", symbol="rates", line=1, new_name="prices")
    assert (code, "git mv" in said) == ("symbol_not_found", True)
