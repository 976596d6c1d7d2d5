"""Which tests fail is read by name, and no change hides or adds one."""

from collections import Counter
from pathlib import Path

import pytest

from loom_app.actions.verdicts import Verdicts, read_output, read_reports, worse

PYTEST = """
=========================== short test summary info ============================
PASSED tests/test_soup.py::test_salt
FAILED tests/test_soup.py::test_leek[a-b] - assert 1 == 2
ERROR tests/test_stew.py - ImportError: no beef
==================== 1 failed, 1 passed, 1 error in 0.12s ======================
"""
GO = """=== RUN   TestSalt
--- PASS: TestSalt (0.00s)
--- FAIL: TestLeek (0.00s)
    --- FAIL: TestLeek/cold (0.00s)
FAIL
FAIL\texample.com/soup\t0.003s
FAIL\texample.com/stew [build failed]
ok  \texample.com/bread\t0.002s
"""
CARGO = """running 2 tests
test soup::salt ... ok
test soup::leek ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured
"""
JEST = """FAIL src/soup.test.js
  ● Soup › has leek

    expect(received).toBe(expected)

PASS src/bread.test.js
FAIL src/stew.test.js
  ● Test suite failed to run

Test Suites: 2 failed, 1 passed, 3 total
Tests:       1 failed, 4 passed, 5 total
"""
VITEST = """ ❯ src/soup.test.ts (2 tests | 1 failed)
 FAIL  src/soup.test.ts > Soup > has leek
AssertionError: expected 1 to be 2

      Tests  1 failed | 1 passed (2)
"""
UNITTEST = """.F
======================================================================
FAIL: test_leek (test_soup.Soup.test_leek)
----------------------------------------------------------------------
Ran 2 tests in 0.001s

FAILED (failures=1)
"""
TAP = "ok 1 - salt\nnot ok 2 - leek\nnot ok 3 - celery # TODO later\n# pass 1\n# fail 1\n"


@pytest.mark.parametrize(
    ("output", "failed", "passed"),
    [
        (PYTEST, ["tests/test_soup.py::test_leek[a-b]", "tests/test_stew.py"], {"tests/test_soup.py::test_salt"}),
        (
            GO,
            ["example.com/soup.TestLeek", "example.com/soup.TestLeek/cold", "example.com/stew [build failed]"],
            {"example.com/soup.TestSalt"},
        ),
        (CARGO, ["soup::leek"], {"soup::salt"}),
        (JEST, ["src/soup.test.js › Soup › has leek", "src/stew.test.js › Test suite failed to run"], None),
        (VITEST, ["src/soup.test.ts > Soup > has leek"], None),
        (UNITTEST, ["test_leek (test_soup.Soup.test_leek)"], None),
        (TAP, ["leek"], {"salt"}),
    ],
)
def test_runners_name_what_fails(output: str, failed: list[str], passed: set[str] | None) -> None:
    found = read_output(output)
    assert found is not None
    assert sorted(found.failed) == failed
    assert found.passed == passed


@pytest.mark.parametrize(
    "output", ["", "make: *** [test] Error 1", "3 failed, 2 passed in 0.1s", PYTEST.replace("1 failed", "2 failed")]
)
def test_what_does_not_name_every_failing_test_names_none(output: str) -> None:
    assert read_output(output) is None


def verdicts(failed: str, passed: str | None = None, total: int | None = None) -> Verdicts:
    return Verdicts(Counter(failed.split()), frozenset(passed.split()) if passed is not None else None, total)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (verdicts("a b", "c"), verdicts("a", "b c"), ""),
        (verdicts("a b", "c"), verdicts("a b", "c d"), ""),
        (verdicts("a b", "c"), verdicts("a d", "b c"), "did not fail before: d"),
        (verdicts("a b", "c"), verdicts("a", "c d"), "not run any more: b"),
        (verdicts("a"), verdicts("a a"), "did not fail before: a"),
        (verdicts("a b", None, 5), verdicts("a", None, 5), ""),
        (verdicts("a b", None, 5), verdicts("a", None, 4), "fewer tests than before"),
        (verdicts("a b"), verdicts("a"), "fewer tests than before"),
        (verdicts("a"), verdicts("a"), ""),
        (verdicts("a"), None, "cannot be read"),
    ],
)
def test_a_change_may_neither_break_nor_hide_a_test(before: Verdicts, after: Verdicts | None, said: str) -> None:
    told = worse(before, after)
    assert said in told
    assert bool(said) == bool(told)


def test_reports_in_junits_form_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        '<testsuites><testsuite><testcase classname="soup" name="leek"><failure/></testcase>'
        '<testcase classname="soup" name="salt"/><testcase name="later"><skipped/></testcase></testsuite></testsuites>'
    )
    (tmp_path / "b.xml").write_text('<testsuite><testcase name="bread"><error>no oven</error></testcase></testsuite>')
    (tmp_path / "c.xml").write_text("<project/>")
    (tmp_path / "d.xml").write_text("<testsuite>")
    (tmp_path / "e.xml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>')
    found = read_reports(sorted(tmp_path.glob("*.xml")))
    assert found == Verdicts(Counter(["soup.leek", "bread"]), frozenset({"soup.salt"}), 3)
    assert read_reports([tmp_path / "c.xml", tmp_path / "none.xml"]) is None
