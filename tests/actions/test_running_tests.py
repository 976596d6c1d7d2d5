"""Finding a project's tests, running them, and counting what came of them."""

import json
import shutil
from pathlib import Path

import pytest

from loom_app.actions.counting import Counts, count_tests
from loom_app.actions.runners import suggested
from loom_app.sandbox.workspace import Workspace
from tests.actions.stage import Stage, stage

PASSES = "import unittest\n\nclass T(unittest.TestCase):\n    def test_ok(self):\n        pass\n"
FAILS = f"{PASSES}\n    def test_bad(self):\n        self.assertEqual(1, 2)\n"
NODE = "const test = require('node:test');\ntest('ok', () => {});\ntest('bad', () => { throw new Error('x'); });\n"
NO_TESTS_IN_NPM = json.dumps({"scripts": {"test": 'echo "Error: no test specified" && exit 1'}})


@pytest.fixture
def here(tmp_path: Path) -> Stage:
    return stage(tmp_path)


@pytest.mark.parametrize(
    ("files", "framework"),
    [
        ({}, None),
        ({"app.py": "x = 1"}, None),
        ({"tests/test_a.py": PASSES}, "unittest"),
        ({"tests/test_a.py": PASSES, "pytest.ini": "[pytest]"}, "pytest"),
        ({"tests/test_a.py": PASSES, "pyproject.toml": "[tool.pytest.ini_options]"}, "pytest"),
        ({"tests/test_a.py": PASSES, "tests/conftest.py": ""}, "pytest"),
        ({"tests/test_a.py": "import pytest"}, "pytest"),
        ({"test_a.py": "def test_x():\n    assert True"}, "pytest"),
        ({"package.json": json.dumps({"scripts": {"test": "node --test"}})}, "npm"),
        ({"package.json": NO_TESTS_IN_NPM}, None),
        ({"package.json": "{not json"}, None),
        ({"package.json": "[]"}, None),
        ({"go.mod": "module x"}, "go"),
        ({"Cargo.toml": "[package]"}, "cargo"),
        ({"Makefile": "all:\n\techo\n\ntest: all\n\techo\n"}, "make"),
        ({"Makefile": "test := 1\ncontest:\n"}, None),
    ],
)
def test_the_files_say_how_tests_are_run(here: Stage, files: dict[str, str], framework: str | None) -> None:
    for path, text in files.items():
        here.write(path, text)
    assert next(iter(suggested("test", Workspace(here.root))), None) == framework


async def test_unittest_in_a_plain_folder(here: Stage) -> None:
    here.write("app.py", "x = 1\n")
    here.write("tests/test_a.py", "import app\n" + FAILS)
    result = await here.act("run_tests")
    told = result.metadata
    assert (result.status, result.message) == ("executed", "tests failed")
    assert (told["success"], told["passed"], told["failed"], told["framework"]) == (False, 1, 1, "unittest")
    assert "1 != 2" in told["output"]
    assert not list(here.root.rglob("__pycache__"))
    one = (await here.act("run_tests", test_pattern="test_ok")).metadata
    assert (one["success"], one["passed"], one["failed"]) == (True, 1, 0)
    file = (await here.act("run_tests", test_pattern="tests/test_a.py")).metadata
    assert (file["passed"], file["failed"]) == (1, 1)


async def test_pytest_where_it_is_installed_else_unittest(here: Stage) -> None:
    here.write("pytest.ini", "[pytest]\n")
    here.write("test_a.py", FAILS)
    told = (await here.act("run_tests")).metadata
    assert (told["passed"], told["failed"]) == (1, 1)
    assert told["framework"] == "pytest" or "not installed" in told["remark"]


async def test_no_tests_are_no_success(here: Stage) -> None:
    here.write("tests/test_a.py", "import unittest\n")
    result = await here.act("run_tests")
    assert (result.message, result.metadata["success"]) == ("no tests ran", False)


async def test_the_projects_own_command_wins(tmp_path: Path) -> None:
    here = stage(tmp_path, test_command="python3 -m unittest -v test_b")
    here.write("test_a.py", FAILS)
    here.write("test_b.py", PASSES)
    told = (await here.act("run_tests", framework="pytest")).metadata
    assert (told["success"], told["passed"], told["command"]) == (True, 1, "python3 -m unittest -v test_b")
    assert "-k test_ok" in (await here.act("run_tests", test_pattern="test_ok")).metadata["command"]


async def test_a_pattern_a_command_cannot_take_is_mentioned(tmp_path: Path) -> None:
    here = stage(tmp_path, test_command="echo 3 passed; true")
    told = (await here.act("run_tests", test_pattern="$(touch pwned)")).metadata
    assert (told["success"], told["passed"]) == (True, 3)
    assert "All tests ran" in told["remark"]
    assert not (tmp_path / "pwned").exists()


async def test_a_pattern_is_never_an_option_or_a_command(tmp_path: Path) -> None:
    here = stage(tmp_path, test_command="echo pytest")
    told = (await here.act("run_tests", test_pattern="--pdb; touch pwned")).metadata
    assert told["output"] == "pytest -k pdb; touch pwned"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("framework", "output", "counts"),
    [
        ("pytest", "..F\n1 failed, 2 passed in 0.12s", Counts(2, 1)),
        ("pytest", "=== 1 failed, 2 passed, 3 skipped, 1 error, 2 warnings in 61.20s (0:01:01) ===", Counts(2, 2)),
        ("pytest", "no tests ran in 0.01s", Counts(0, 0)),
        ("pytest", "ERROR: usage", None),
        ("unittest", "Ran 5 tests in 0.001s\n\nOK (skipped=1)", Counts(4, 0)),
        ("unittest", "Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=2, skipped=1)", Counts(1, 3)),
        ("unittest", "Ran 0 tests in 0.000s\n\nNO TESTS RAN", Counts(0, 0)),
        ("npm", "# tests 3\n# pass 2\n# fail 1", Counts(2, 1)),
        ("npm", "ℹ pass 2\nℹ fail 0", Counts(2, 0)),
        ("npm", "Tests:       1 failed, 5 passed, 6 total", Counts(5, 1)),
        ("npm", "      Tests  1 failed | 5 passed (6)", Counts(5, 1)),
        ("npm", "  5 passing (10ms)\n  1 failing", Counts(5, 1)),
        ("go", "--- PASS: TestA (0.00s)\n    --- FAIL: TestB/x (0.00s)\nFAIL\tm/b [build failed]", Counts(1, 2)),
        ("go", "?   \tm\t[no test files]", Counts(0, 0)),
        ("cargo", "test result: ok. 5 passed; 0 failed; 0\ntest result: FAILED. 1 passed; 2 failed;", Counts(6, 2)),
        ("custom", "all fine: 7 passed, 1 failed", Counts(7, 1)),
        ("make", "nothing to count", None),
        ("unittest", "\n" * 200_000 + "Tests", None),
    ],
)
def test_counts_are_read_from_the_closing_lines(framework: str, output: str, counts: Counts | None) -> None:
    assert count_tests(framework, output) == counts


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
async def test_npm(here: Stage) -> None:
    here.write("package.json", json.dumps({"scripts": {"test": "node --test"}}))
    here.write("a.test.js", NODE)
    told = (await here.act("run_tests")).metadata
    assert (told["framework"], told["success"], told["passed"], told["failed"]) == ("npm", False, 1, 1), told


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
async def test_make(here: Stage) -> None:
    here.write("Makefile", "test:\n\t@echo 2 passed\n")
    told = (await here.act("run_tests", test_pattern="x")).metadata
    assert (told["framework"], told["success"], told["passed"]) == ("make", True, 2)
    assert "All tests ran" in told["remark"]
