"""Refactorings of Python: what comes out runs and does what it did."""

import ast
from pathlib import Path

import pytest

from tests.analysis.asking import ask, changed, laid_out, refused

PRICES = '''"""Prices."""
from __future__ import annotations

RATE = 3


class Price:
    """A price."""

    def __init__(self, net):
        self.net = net

    def gross(self, extra):
        """With tax."""
        tax = self.net * RATE
        total = self.net + tax
        if extra:
            total += extra
        return total

    async def fetch(self, source):
        rows = await source.read()
        kept = [row for row in rows if row]
        return kept


class Special(Price):
    def gross(self, extra):
        return super().gross(extra) - 1


def work(prices):
    found = []
    for price in prices:
        value = price.gross(
            1
        )
        found.append(value)
    text = """one
  two"""
    return found, text
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = (
        "from prices import Price, Special\n\n\ndef use(p: Price):\n    return p.gross(extra=1), Special(2).gross(3)\n"
    )
    laid_out(tmp_path, monkeypatch, {"prices.py": PRICES, "app/use.py": user})


pytestmark = pytest.mark.usefixtures("here")


def run(text: str) -> object:
    names: dict[str, object] = {}
    exec(compile(text, "prices.py", "exec"), names)
    return eval("work([Price(1), Special(2)]), Price(5).gross(2), Price(5).gross(0)", names)


def test_a_method_is_renamed_with_those_that_stand_in_for_it() -> None:
    after = changed("rename_symbol", path="prices.py", symbol="Price.gross", new_name="total_price")
    assert after["app/use.py"].count("total_price") == 2
    assert after["prices.py"].count("total_price") == 3
    assert "value = price.gross(" in after["prices.py"], "what price is cannot be told there"


def test_places_that_cannot_be_told_are_named() -> None:
    found = ask("rename_symbol", path="prices.py", symbol="Price.gross", new_name="total_price")
    assert [(place["path"], place["text"]) for place in found["others"]] == [("prices.py", "value = price.gross(")]


def test_the_method_below_is_not_renamed_alone() -> None:
    code, said = refused("rename_symbol", path="prices.py", symbol="Special.gross", new_name="x")
    assert (code, "prices.Price" in said) == ("symbol_ambiguous", True)


def test_a_parameter_is_renamed_with_the_calls_that_name_it() -> None:
    after = changed("rename_symbol", path="prices.py", symbol="extra", line=13, new_name="more")
    assert "p.gross(more=1)" in after["app/use.py"]
    assert "if more:\n            total += more" in after["prices.py"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"symbol": "gross", "new_name": "x"}, "symbol_ambiguous"),
        ({"symbol": "extra", "line": 13, "new_name": "tax"}, "name_taken"),
        ({"symbol": "extra", "line": 13, "new_name": "self"}, "name_taken"),
        ({"symbol": "RATE", "new_name": "Price"}, "name_taken"),
        ({"symbol": "RATE", "new_name": "1a"}, "bad_name"),
        ({"symbol": "RATE", "new_name": "class"}, "bad_name"),
        ({"symbol": "RATE", "new_name": "RATE"}, "edit_no_change"),
        ({"symbol": "nothing", "new_name": "x"}, "symbol_not_found"),
        ({"symbol": "Price.__init__", "new_name": "begin"}, "bad_name"),
        ({"symbol": "append", "new_name": "put"}, "symbol_not_found"),
        ({"symbol": "read", "new_name": "load"}, "symbol_not_found"),
    ],
)
def test_what_is_not_renamed(fields: dict[str, object], code: str) -> None:
    assert refused("rename_symbol", path="prices.py", **fields)[0] == code


@pytest.mark.parametrize(
    ("first", "last", "call"),
    [
        (15, 16, "total = self.made()"),
        (15, 18, "total = self.made(extra)"),
        (15, 19, "return self.made(extra)"),
        (17, 18, "total = self.made(extra, total)"),
        (33, 38, "found = made(prices)"),
        (35, 37, "value = made(price)"),
        (35, 38, "made(found, price)"),
        (38, 38, "made(found, value)"),
        (39, 40, "text = made()"),
    ],
)
def test_lines_become_a_function(first: int, last: int, call: str) -> None:
    after = changed("extract_method", path="prices.py", line=first, end_line=last, new_name="made")["prices.py"]
    assert run(after) == run(PRICES)
    assert f" {call}\n" in after


def test_lines_that_wait_become_a_function_that_waits() -> None:
    after = changed("extract_method", path="prices.py", line=22, end_line=22, new_name="made")["prices.py"]
    assert "    async def made(self, source):\n        rows = await source.read()\n        return rows\n" in after
    assert "        rows = await self.made(source)\n" in after


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"line": 17, "end_line": 17}, "bad_lines"),
        ({"line": 10, "end_line": 13}, "bad_lines"),
        ({"line": 900, "end_line": 901}, "bad_lines"),
        ({"line": 15, "end_line": 15, "new_name": "gross"}, "name_taken"),
        ({"line": 15, "end_line": 15, "new_name": "not a name"}, "bad_name"),
    ],
)
def test_what_is_not_extracted(fields: dict[str, object], code: str) -> None:
    assert refused("extract_method", path="prices.py", **{"new_name": "made", **fields})[0] == code


@pytest.mark.parametrize(
    ("body", "first", "last", "code"),
    [
        ("for a in x:\n        if a:\n            break\n    return 1", 3, 4, "not_extractable"),
        ("yield x\n    return", 2, 2, "not_extractable"),
        ("if x:\n        y = 1\n    return y", 2, 3, "not_extractable"),
        ("if x:\n        return 1\n    return 2", 2, 3, "not_extractable"),
        ("global x\n    x = 1", 2, 3, "not_extractable"),
        ("y = locals()\n    return y", 2, 2, "not_extractable"),
        ("y = 1; z = 2\n    return y", 2, 2, ""),
        ("n = 0\n    while n < x:\n        n += 1\n    return n", 4, 4, ""),
        ("y = [a for a in range(x)]\n    a = 2\n    return y, a", 2, 2, ""),
        ("try:\n        y = 1\n    finally:\n        pass\n    return y", 2, 5, "not_extractable"),
        ("with open(x) as y:\n        z = y.read()\n    return z", 2, 3, ""),
    ],
)
def test_the_flow_of_extracted_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, first: int, last: int, code: str
) -> None:
    laid_out(tmp_path, monkeypatch, {"f.py": f"def f(x):\n    {body}\n"})
    found = ask("extract_method", path="f.py", line=first, end_line=last, new_name="made")
    assert found.get("code", "") == code, found


def test_a_variable_gives_way_to_its_value() -> None:
    after = changed("inline_variable", path="prices.py", symbol="tax")["prices.py"]
    assert "        total = self.net + (self.net * RATE)\n" in after
    assert "tax =" not in after
    assert run(after) == run(PRICES)


@pytest.mark.parametrize(
    "body",
    [
        "y = x()\n    print(y, y)",
        "y = x()\n    print(1)\n    return y",
        "y = x()\n    return [y for _ in z]",
        "y = x + 1\n    x = 2\n    return y",
        "y = x.a\n    x.b()\n    return y, y",
        "y = []\n    return y, y",
        "y = 1\n    y = 2\n    return y",
        "y = 1\n    return lambda: y",
        "for y in x:\n        print(y)",
        "y += x\n    return y",
        "y, z = x\n    return y",
        "if x:\n        y = 1\n    return y",
        "y = 'a'\n    return f'{y}'",
        "y = x\n    del y",
    ],
)
def test_what_is_not_inlined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    laid_out(tmp_path, monkeypatch, {"f.py": f"def f(x, z):\n    {body}\n"})
    code, said = refused("inline_variable", path="f.py", symbol="y")
    assert code in ("not_inlinable", "would_not_parse"), said


@pytest.mark.parametrize(
    ("value", "use", "expected"),
    [
        ("1", "y.real", "(1).real"),
        ("a if b else c", "y + 1", "(a if b else c) + 1"),
        ("x, 1", "y[0]", "(x, 1)[0]"),
        ("x(\n        1)", "y + 1", "(x(\n        1)) + 1"),
        ("'a' 'b'", "y.upper()", "'a' 'b'.upper()"),
        ("-x", "y ** 2", "(-x) ** 2"),
        ("lambda: x", "y()", "(lambda: x)()"),
    ],
)
def test_what_is_inlined_keeps_its_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, use: str, expected: str
) -> None:
    laid_out(tmp_path, monkeypatch, {"f.py": f"def f(x, a, b, c):\n    y = {value}\n    return {use}\n"})
    after = changed("inline_variable", path="f.py", symbol="y")["f.py"]
    assert after == f"def f(x, a, b, c):\n    return {expected}\n"
    ast.parse(after)


@pytest.mark.parametrize(
    ("line", "above"),
    [
        (1, "RATE = 3"),
        (8, "    def __init__"),
        (14, "        tax ="),
        (16, "        total = self"),
        (18, "            total += extra"),
        (35, "        value = price.gross("),
        (36, "        value = price.gross("),
        (37, "        value = price.gross("),
        (40, '    text = """one'),
        (41, "    return found"),
    ],
)
def test_a_log_statement_stands_before_a_whole_statement(line: int, above: str) -> None:
    after = changed("add_log", path="prices.py", line=line, text='say "hi"', level="warning")["prices.py"]
    lines = after.split("\n")
    at = next(number for number, text in enumerate(lines) if "logging.warning" in text)
    assert lines[at].strip() == 'logging.warning("say \\"hi\\"")'
    assert lines[at + 1].startswith(above)
    assert "from __future__ import annotations\n" in after.partition("import logging")[0]
    assert run(after) == run(PRICES)


def test_no_log_statement_stands_behind_the_last() -> None:
    assert refused("add_log", path="prices.py", line=43, text="x", level="info")[0] == "bad_lines"


def test_the_logger_of_the_module_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import logging\n\nlog = logging.getLogger(__name__)\n\ndef f(x):\n\tif x: return 1\n\treturn 2\n"
    laid_out(tmp_path, monkeypatch, {"f.py": text})
    after = changed("add_log", path="f.py", line=6, text="here", level="debug")["f.py"]
    assert after == text.replace("\tif x", '\tlog.debug("here")\n\tif x')


def test_a_breakpoint_with_a_condition() -> None:
    after = changed("add_breakpoint", path="prices.py", line=16, text="extra > 2")["prices.py"]
    assert "        if extra > 2:\n            breakpoint()\n        total = self" in after
    assert refused("add_breakpoint", path="prices.py", line=16, text="extra >")[0] == "bad_condition"


def test_line_ends_marks_and_tabs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffdef f(x):\r\n\ttäx = x  # täx\r\n\treturn täx, 'täx'\r\n\nNEXT = f\r\n"
    laid_out(tmp_path, monkeypatch, {"f.py": text})
    after = changed("rename_symbol", path="f.py", symbol="täx", new_name="tax")["f.py"]
    assert after == "\ufeffdef f(x):\r\n\ttax = x  # täx\r\n\treturn tax, 'täx'\r\n\nNEXT = f\r\n"
    logged = changed("add_log", path="f.py", line=3, text="e", level="info")["f.py"]
    assert logged.startswith('\ufeffimport logging\r\ndef f(x):\r\n\ttax = x  # täx\r\n\tlogging.info("e")\r\n')
