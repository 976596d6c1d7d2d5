"""Whatever a file holds, there is an answer or a refusal, and a change never leaves more broken than there was."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loom_app.actions.analysing import Analysis
from loom_app.analysis.main import PYTHON, answer
from tests.analysis import test_by_name, test_other_changes, test_python_changes

SAMPLES = [*test_by_name.FILES.items(), *test_other_changes.FILES.items(), ("prices.py", test_python_changes.PRICES)]
MARKS = [
    "\n",
    "\t",
    "(",
    ")",
    "{",
    "}",
    '"',
    "'",
    '"""',
    "\\",
    "#",
    "//",
    "/*",
    ":",
    ";",
    "=",
    "é",
    "𝒳",
    "\ufeff",
    "\r\n",
]
WORDS = [
    "def ",
    "class ",
    "lambda: ",
    "async ",
    "total",
    "n",
    "rate",
    "f'{n}'",
    "`${n}`",
    "@",
    "\x0c",
    "\u2028",
    "match n:",
]
LINES = ("extract_method", "add_log", "add_breakpoint")
CHUNKS = st.sampled_from([*MARKS, *WORDS])


@settings(
    max_examples=int(os.environ.get("LOOM_TEST_FUZZ_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    monkeypatch.chdir(tmp_path)
    path, text = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(CHUNKS) + text[at + data.draw(st.integers(0, 3)) :]
    for left in tmp_path.iterdir():
        left.unlink()
    place = tmp_path / path.rpartition("/")[2]
    place.write_bytes(text.encode())
    line = data.draw(st.none() | st.integers(1, text.count("\n") + 2))
    fields = {
        "symbol": data.draw(
            st.sampled_from(["n", "rate", "twice", "gross", "Price", "Shape", "m", "total", "Price.net"])
        ),
        "line": line,
        "column": data.draw(st.none() | st.integers(1, 30)),
        "new_name": "fresh",
        "text": "x > 1",
        "level": "info",
    }
    for task in data.draw(st.lists(st.sampled_from(sorted(PYTHON)), min_size=1, max_size=3)):
        needed = {"line": line or 1, "end_line": (line or 1) + 1} if task in LINES else {}
        question = {**fields, **needed, "task": task, "path": place.name}
        found = Analysis.model_validate_json(json.dumps(answer(question)))
        for change in found.changes:
            assert change.path == place.name
            assert all(0 <= start <= end <= len(text) for start, end, _ in change.edits)
