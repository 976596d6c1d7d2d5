"""Which tests passed and failed, by name, from what their runner printed or left as a JUnit report."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from loom_app.actions.counting import Counts, count_tests

PYTEST_SAYS = "-r spxXEf"
"""Has pytest name every test in its summary, the failing ones last."""
LISTING = {"PYTEST_ADDOPTS": PYTEST_SAYS, "GOFLAGS": "-v"}
"""Environment in which the runners that can be told so name the tests that pass, too."""
MOST_REPORTS = 500
LARGEST_REPORT = 20_000_000
Named = tuple[list[str], list[str] | None]
"""The tests that failed, each as often as it was named, and those that passed, None where nobody names them."""


@dataclass(frozen=True)
class Verdicts:
    """The tests of one run. `passed` is None where only failing ones are named; `total` where they are not counted."""

    failed: Counter[str]
    passed: frozenset[str] | None = None
    total: int | None = None


def read_output(output: str) -> Verdicts | None:
    """The verdicts in what a runner printed; None where it does not name every test that failed."""
    counts = count_tests("", output)
    for reader in (_pytest, _cargo, _go, _jest, _vitest, _unittest, _tap):
        found = reader(output)
        if found and found[0] and _is_whole(found[0], counts):
            failed, passed = found
            total = counts.passed + counts.failed if counts else None
            return Verdicts(Counter(failed), frozenset(passed) if passed is not None else None, total)
    return None


def read_reports(files: Iterable[Path]) -> Verdicts | None:
    """The verdicts in those of `files` that are JUnit reports; None where none is or none has a test that failed."""
    failed: Counter[str] = Counter()
    passed: set[str] = set()
    for file in list(files)[:MOST_REPORTS]:
        for name, verdict in _reported(file):
            if verdict == "failed":
                failed[name] += 1
            elif verdict == "passed":
                passed.add(name)
    return Verdicts(failed, frozenset(passed), failed.total() + len(passed)) if failed else None


def worse(before: Verdicts, after: Verdicts | None) -> str:
    """Why a change is worse than what was there, in a sentence; "" when every test that fails did so before.

    A test that failed before and fails no longer must pass now: one that was removed or skipped is worse.
    """
    if after is None:
        return "Which tests fail now cannot be read from their output, so they must all pass."
    new = sorted(after.failed - before.failed)
    if new:
        return f"These did not fail before: {named(new)}."
    gone = before.failed - after.failed
    hidden = sorted(name for name in gone if after.passed is not None and name not in after.passed)
    if hidden:
        return f"These failed before and are not run any more: {named(hidden)}. Make them pass instead."
    if gone and after.passed is None and not _makes_up(before, after):
        return f"There are fewer tests than before, so it cannot be seen that these pass now: {named(gone)}."
    return ""


def _makes_up(before: Verdicts, after: Verdicts) -> bool:
    return before.total is not None and after.total is not None and after.total >= before.total


def named(tests: Collection[str]) -> str:
    """The first ten of these tests, and how many more there are."""
    names = sorted(tests)
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(name[:200] for name in names[:10]) + more


def _is_whole(failed: list[str], counts: Counts | None) -> bool:
    return counts is None or len(failed) >= counts.failed


def _pytest(output: str) -> Named | None:
    _, _, summary = output.partition("short test summary info")
    lines = re.findall(r"^(FAILED|ERROR|PASSED) (\S.*?)(?: - .*)?$", summary, re.MULTILINE)
    passed = [name for word, name in lines if word == "PASSED"]
    return [name for word, name in lines if word != "PASSED"], passed or None


def _cargo(output: str) -> Named | None:
    lines = re.findall(r"^test (\S.*?) \.\.\. (ok|FAILED)\b", output, re.MULTILINE)
    return [name for name, word in lines if word == "FAILED"], [name for name, word in lines if word == "ok"]


def _go(output: str) -> Named | None:
    """Packages are named behind their tests."""
    failed: list[str] = []
    passed: list[str] = []
    of_package: list[tuple[str, str]] = []
    for line in output.splitlines():
        if verdict := re.match(r"\s*--- (PASS|FAIL): (\S+)", line):
            of_package.append((verdict[1], verdict[2]))
        elif over := re.match(r"(ok|FAIL)\s+(\S+)(\s+\[[^\]]+\])?", line):
            failed += [f"{over[2]}.{name}" for word, name in of_package if word == "FAIL"]
            passed += [f"{over[2]}.{name}" for word, name in of_package if word == "PASS"]
            failed += [f"{over[2]}{over[3]}"] if over[1] == "FAIL" and over[3] else []
            of_package = []
    return failed, passed or None


def _jest(output: str) -> Named | None:
    """Each failing test once: jest tells of it at its file and may do so again at the end."""
    file, found = "", []
    for line in output.splitlines():
        if began := re.match(r"\s*(?:FAIL|PASS)\s+(\S+)", line):
            file = began[1]
        elif (told := re.match(r"\s*● (.+)$", line)) and told[1] not in ("Console", "Cannot log after tests are done."):
            found.append(f"{file} › {told[1].strip()}")
    return list(dict.fromkeys(found)), None


def _vitest(output: str) -> Named | None:
    return list(dict.fromkeys(re.findall(r"^\s*FAIL\s+(\S+ > .+?)\s*$", output, re.MULTILINE))), None


def _unittest(output: str) -> Named | None:
    return re.findall(r"^(?:FAIL|ERROR): (\S+ \([^)]+\).*)$", output, re.MULTILINE), None


def _tap(output: str) -> Named | None:
    lines = re.findall(r"^\s*(not ok|ok) \d+ -? ?([^#\n]+?)\s*(#.*)?$", output, re.MULTILINE)
    told = [(word, name) for word, name, remark in lines if not re.match(r"#\s*(?i:skip|todo)", remark)]
    return [name for word, name in told if word == "not ok"], [name for word, name in told if word == "ok"]


def _reported(file: Path) -> list[tuple[str, str]]:
    """Name and verdict of each test of a report. One with a document type is none: it could name what it likes."""
    try:
        data = file.read_bytes() if file.stat().st_size <= LARGEST_REPORT else b""
        root = ElementTree.fromstring(data) if data and b"<!DOCTYPE" not in data else None  # noqa: S314
    except (OSError, ElementTree.ParseError):
        return []
    if root is None or root.tag not in ("testsuites", "testsuite"):
        return []
    return [(_name(case), _verdict({part.tag for part in case})) for case in root.iter("testcase")]


def _name(case: ElementTree.Element) -> str:
    return ".".join(filter(None, (case.get("classname"), case.get("name"))))


def _verdict(parts: set[str]) -> str:
    if parts & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in parts else "passed"
