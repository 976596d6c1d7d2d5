"""Whatever a refactoring of Python makes of a program does what the program did, or nothing is made."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loom_app.actions.analysing import Analysis
from loom_app.actions.rewriting import rewrite
from loom_app.analysis.main import answer
from loom_app.sandbox.workspace import Workspace

NAMES = st.sampled_from(["a", "b", "c", "d"])
FRESH = st.sampled_from(["fresh", "a", "b", "first", "len"])
EXAMPLES = settings(
    max_examples=int(os.environ.get("LOOM_TEST_FUZZ_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    name, other = draw(NAMES), draw(NAMES)
    return draw(
        st.sampled_from(
            [
                f"{name} + 1",
                f"{name} * {other}",
                f"-{name}",
                f"first({name}, b={other})",
                f"sum([{name} for {name} in range(3)]) + {other}",
                f"(lambda {name}: {name} + {other})(2)",
                f"({name} if {other} > 2 else 5)",
                f"len(f'{{{name}}}') + {other}",
                "7",
            ]
        )
    )


@st.composite
def statements(draw: st.DrawFn, depth: int = 0) -> list[str]:
    name, other, value = draw(NAMES), draw(NAMES), draw(expressions())
    inner = [f"    {line}" for line in draw(statements(depth + 1))] if depth < 2 else ["    pass"]
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return [f"if {name} > 2:", *inner, "else:", f"    {name} = {value}"]
    if kind == 1:
        return [f"for {name} in range(2):", *inner]
    if kind == 2:
        return [f"{name} += {value}"]
    if kind == 3:
        return [f"def {name}({other}=1):", *inner, f"    return {other}", f"{name} = {name}()"]
    if kind == 4:
        return ["try:", *inner, "except ValueError:", f"    {name} = 1"]
    return [f"{name} = {value}", *(draw(statements(depth + 1)) if depth < 2 else [])]


@st.composite
def programs(draw: st.DrawFn) -> str:
    body = [line for part in draw(st.lists(statements(), min_size=1, max_size=4)) for line in part]
    parameters = sorted(draw(st.sets(NAMES, min_size=1, max_size=3)))
    lines = ["a, b, c, d = 1, 2, 3, 4", "", "def first(a, b=2):", "    c = a + b", "    return c - 1", ""]
    lines += [f"def main({', '.join(f'{name}=2' for name in parameters)}):", *(f"    {line}" for line in body)]
    return "\n".join([*lines, f"    return {draw(NAMES)}, {draw(NAMES)}", "", "result = main(), a, b, c, d", ""])


def outcome(text: str) -> str:
    names: dict[str, object] = {}
    try:
        exec(compile(text, "m.py", "exec"), names)
    except (NameError, TypeError) as error:
        return type(error).__name__
    shown = names["result"]
    assert isinstance(shown, tuple)
    return repr([[part if isinstance(part, int) else "?" for part in shown[0]], *shown[1:]])


def refactored(root: Path, program: str, task: str, **fields: object) -> str | None:
    """The program afterwards; None where it was refused."""
    (root / "m.py").write_text(program)
    found = Analysis.model_validate_json(json.dumps(answer({"task": task, "path": "m.py", **fields})))
    if found.refused:
        return None
    rewrite(Workspace(root), found.changes)
    return (root / "m.py").read_text()


@EXAMPLES
@given(text=programs(), data=st.data())
def test_renamed_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, data: st.DataObject) -> None:
    monkeypatch.chdir(tmp_path)
    line = data.draw(st.integers(1, text.count("\n")))
    symbol = data.draw(NAMES)
    after = refactored(tmp_path, text, "rename_symbol", symbol=symbol, line=line, new_name=data.draw(FRESH))
    if after is not None and "Error" not in outcome(text):
        assert outcome(after) == outcome(text)


@EXAMPLES
@given(text=programs(), data=st.data())
def test_programs_with_lines_made_a_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, data: st.DataObject
) -> None:
    monkeypatch.chdir(tmp_path)
    first = data.draw(st.integers(8, text.count("\n") - 2))
    last = data.draw(st.integers(first, text.count("\n") - 2))
    after = refactored(tmp_path, text, "extract_method", line=first, end_line=last, new_name="made")
    if after is not None and "Error" not in outcome(text):
        assert outcome(after) == outcome(text)


@EXAMPLES
@given(text=programs(), data=st.data())
def test_programs_with_a_variable_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, data: st.DataObject
) -> None:
    monkeypatch.chdir(tmp_path)
    assigned = [number for number, line in enumerate(text.split("\n"), 1) if line[4:].strip()[1:4] == " = "]
    line = data.draw(st.sampled_from(assigned))
    symbol = text.split("\n")[line - 1].strip()[0]
    after = refactored(tmp_path, text, "inline_variable", symbol=symbol, line=line)
    if after is not None and "Error" not in outcome(text):
        assert outcome(after) == outcome(text)


@EXAMPLES
@given(text=programs(), data=st.data())
def test_programs_that_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, data: st.DataObject) -> None:
    monkeypatch.chdir(tmp_path)
    line = data.draw(st.integers(1, text.count("\n")))
    after = refactored(tmp_path, text, "add_log", line=line, text="here", level="debug")
    assert after is not None
    assert outcome(after) == outcome(text)
