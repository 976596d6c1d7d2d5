"""How many tests passed and failed, from what their runner printed."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """Tests that passed, and that failed or broke."""

    passed: int
    failed: int


def count_tests(framework: str, output: str) -> Counts | None:
    """The counts in the closing lines of `framework`'s output; None when it has none that can be read."""
    reader = _READERS.get(framework)
    return (reader(output) if reader else None) or _any(output)


def read_coverage(output: str) -> float | None:
    """How many percent of the code the tests ran through, where their output says so in the way of a known tool."""
    for pattern in _COVERAGE:
        if told := re.findall(pattern, output, re.MULTILINE):
            found = float(told[-1])
            return found if 0 <= found <= 100 else None
    return None


def _pytest(output: str) -> Counts | None:
    lines = re.findall(r"^=*[ ]?((?:\d+ \w+|no tests ran)[^\n]{0,300}? in [\d.]+s)", output, re.MULTILINE)
    if not lines:
        return None
    found = {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", lines[-1])}
    return Counts(found.get("passed", 0) + found.get("xfailed", 0), found.get("failed", 0) + found.get("error", 0))


def _unittest(output: str) -> Counts | None:
    ran = re.findall(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    if not ran:
        return None
    closing = re.findall(r"^(?:FAILED|OK)[^\n]{0,200}", output, re.MULTILINE)
    told = dict(re.findall(r"([a-z][a-z ]*)=(\d+)", closing[-1])) if closing else {}
    bad = int(told.get("failures", 0)) + int(told.get("errors", 0)) + int(told.get("unexpected successes", 0))
    return Counts(max(int(ran[-1]) - bad - int(told.get("skipped", 0)), 0), bad)


def _npm(output: str) -> Counts | None:
    summed = re.findall(r"^[ \t]*Tests:?[ \t]+([^\n]{0,200}\d+ (?:passed|failed)[^\n]{0,100})", output, re.MULTILINE)
    if summed:
        found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", summed[-1])}
        return Counts(found.get("passed", 0), found.get("failed", 0))
    return _two(output, r"^(?:#|ℹ) pass (\d+)", r"^(?:#|ℹ) fail (\d+)") or _two(
        output, r"^[ \t]*(\d+) passing\b", r"^[ \t]*(\d+) failing\b"
    )


def _two(output: str, passing: str, failing: str) -> Counts | None:
    passed, failed = (re.findall(pattern, output, re.MULTILINE) for pattern in (passing, failing))
    if not passed and not failed:
        return None
    return Counts(int(passed[-1]) if passed else 0, int(failed[-1]) if failed else 0)


def _go(output: str) -> Counts | None:
    verdicts = re.findall(r"^[ \t]*--- (PASS|FAIL)", output, re.MULTILINE)
    broken = len(re.findall(r"^FAIL\s+\S+ \[", output, re.MULTILINE))
    if not verdicts and not broken:
        return Counts(0, 0) if "[no test files]" in output or "[no tests to run]" in output else None
    return Counts(verdicts.count("PASS"), verdicts.count("FAIL") + broken)


def _cargo(output: str) -> Counts | None:
    lines = re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed", output, re.MULTILINE)
    return Counts(sum(int(p) for p, _ in lines), sum(int(f) for _, f in lines)) if lines else None


def _any(output: str) -> Counts | None:
    """Whatever runner a project's own command may be."""
    for reader in (_pytest, _unittest, _cargo, _npm, _go):
        if counts := reader(output):
            return counts
    return _two(output, r"\b(\d+) passed\b", r"\b(\d+) failed\b")


_COVERAGE = (
    r"^TOTAL[ \t][^\n%]{0,200}?(\d{1,3}(?:\.\d+)?)%",
    r"^All files[ ]*\|[ ]*(\d{1,3}(?:\.\d+)?)[ ]*\|",
    r"^(?:Statements|Lines)[ ]*:[ ]*(\d{1,3}(?:\.\d+)?)%",
    r"^total:[ \t]+\(statements\)[ \t]+(\d{1,3}(?:\.\d+)?)%",
    r"\bcoverage:[ \t]+(\d{1,3}(?:\.\d+)?)% of statements",
    r"^(\d{1,3}(?:\.\d+)?)% coverage, \d+/\d+ lines covered",
)
"""What coverage.py, istanbul in two ways, go and tarpaulin print; the last one told is the whole."""
_READERS: dict[str, Callable[[str], Counts | None]] = {
    "pytest": _pytest,
    "unittest": _unittest,
    "npm": _npm,
    "go": _go,
    "cargo": _cargo,
}
