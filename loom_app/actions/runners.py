"""How a project's tests are run: its own command, or what its files suggest."""

import asyncio
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loom_app.actions.context import ActionContext
from loom_app.actions.kinds.commands import RunTests
from loom_app.kernel.errors import Invalid, LoomError
from loom_app.sandbox.commands import shell
from loom_app.sandbox.workspace import Workspace

_PYTEST = ("python3", "-m", "pytest", "-q", "--color=no", "-o", "cache_dir=/tmp/pytest-cache")
_COMMANDS: dict[str, tuple[str, ...]] = {
    "pytest": _PYTEST,
    "unittest": ("python3", "-m", "unittest", "discover", "-v"),
    "npm": ("npm", "test"),
    "go": ("go", "test", "-v", "./..."),
    "cargo": ("cargo", "test"),
    "make": ("make", "test"),
}
_ALSO = {
    "jest": "npm",
    "mocha": "npm",
    "vitest": "npm",
    "node": "npm",
    "rust": "cargo",
    "golang": "go",
    "py.test": "pytest",
}
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")
_OPERATORS = re.compile(r"[;&|<>`$\n]")
_KNOWN_IN_COMMAND = (
    ("pytest", r"\bpytest\b|\bpy\.test\b"),
    ("unittest", r"\bunittest\b"),
    ("npm", r"\b(?:npm|yarn|pnpm|jest|vitest|mocha)\b|\bnode\b.*--test"),
    ("go", r"\bgo test\b"),
    ("cargo", r"\bcargo\b"),
    ("make", r"\bmake\b"),
)
_SECONDS_TO_LOOK = 20.0


@dataclass(frozen=True)
class Plan:
    """A test run: the runner's name, the program to start, what to show people, and what to tell the model."""

    framework: str
    argv: Sequence[str]
    shown: str
    remark: str = ""


async def plan_tests(action: RunTests, context: ActionContext) -> Plan | None:
    """How to run the tests `action` asks for; None when nothing says how. Raises Invalid for an unknown framework."""
    if context.test_command:
        return _own(context.test_command, action.test_pattern)
    framework = _named(action.framework) or await asyncio.to_thread(find_framework, context.workspace)
    if framework is None:
        return None
    remark = ""
    if framework == "pytest" and action.framework is None and not await _has_pytest(context):
        framework = "unittest"
        remark = "pytest is not installed where commands run, so unittest ran the tests."
    base = _COMMANDS[framework]
    if framework == "unittest":
        base = await asyncio.to_thread(_unittest, context.workspace, base)
    plan = _narrowed(framework, base, action.test_pattern)
    return replace(plan, remark=f"{remark} {plan.remark}".strip())


def find_framework(workspace: Workspace) -> str | None:
    """The runner a project's files suggest. Python's is pytest when it is configured or its style is used."""
    paths = {entry.path for entry in workspace.tree(".", 4, 5000) if entry.type == "file"}
    tests = [path for path in paths if _TEST_FILE.search(path)]
    if tests or "conftest.py" in paths or "pytest.ini" in paths:
        return "pytest" if _uses_pytest(workspace, paths, tests) else "unittest"
    if "package.json" in paths and _has_script(workspace):
        return "npm"
    return next((name for file, name in (("go.mod", "go"), ("Cargo.toml", "cargo")) if file in paths), None) or (
        "make" if any(_has_target(workspace, path) for path in ("Makefile", "makefile") if path in paths) else None
    )


def _named(framework: str | None) -> str | None:
    if framework is None:
        return None
    word = framework.strip().lower()
    word = _ALSO.get(word, word)
    if word not in _COMMANDS:
        raise Invalid(
            f"There is no test framework {framework!r} here; there are {', '.join(_COMMANDS)}.", code="no_tests"
        )
    return word


def _uses_pytest(workspace: Workspace, paths: set[str], tests: Sequence[str]) -> bool:
    if "pytest.ini" in paths or any(path.split("/")[-1] == "conftest.py" for path in paths):
        return True
    configured = (("pyproject.toml", "[tool.pytest"), ("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]"))
    if any(mark in _text(workspace, path) for path, mark in configured if path in paths):
        return True
    texts = [_text(workspace, path) for path in sorted(tests)[:50]]
    return any("pytest" in text or ("def test" in text and "unittest" not in text) for text in texts)


def _has_script(workspace: Workspace) -> bool:
    try:
        package: Any = json.loads(_text(workspace, "package.json"))
    except (ValueError, RecursionError):
        return False
    scripts = package.get("scripts") if isinstance(package, dict) else None
    script = scripts.get("test") if isinstance(scripts, dict) else None
    return isinstance(script, str) and "no test specified" not in script


def _has_target(workspace: Workspace, path: str) -> bool:
    return re.search(r"^test\s*:(?!=)", _text(workspace, path), re.MULTILINE) is not None


def _text(workspace: Workspace, path: str) -> str:
    """A file's text; a file that is too large or no text says nothing."""
    try:
        return workspace.read_text(path)
    except (LoomError, OSError):
        return ""


async def _has_pytest(context: ActionContext) -> bool:
    look = ("python3", "-c", "import pytest")
    outcome = await context.runner(look, limits=context.limits.within(_SECONDS_TO_LOOK), env={})
    return outcome.exit_code == 0


def _unittest(workspace: Workspace, base: tuple[str, ...]) -> tuple[str, ...]:
    """Without __init__.py unittest finds nothing in a folder of tests unless it is told to start there."""
    for folder in ("tests", "test"):
        if workspace.exists(folder) and not workspace.exists(f"{folder}/__init__.py"):
            return (*base, "-s", folder)
    return base


def _own(command: str, pattern: str | None) -> Plan:
    framework = next((name for name, mark in _KNOWN_IN_COMMAND if re.search(mark, command)), "custom")
    if pattern is None:
        return Plan(framework, shell(command), command)
    words = _selecting(framework, pattern)
    if words is None or _OPERATORS.search(command):
        remark = (
            f"All tests ran: how to pass a pattern to {command!r} is not known. Use run_command for a part of them."
        )
        return Plan(framework, shell(command), command, remark)
    narrowed = f"{command} {shlex.join(words)}"
    return Plan(framework, shell(narrowed), narrowed)


def _narrowed(framework: str, base: tuple[str, ...], pattern: str | None) -> Plan:
    if pattern is None:
        return Plan(framework, base, shlex.join(base))
    words = _selecting(framework, pattern)
    if words is None:
        return Plan(framework, base, shlex.join(base), "All tests ran: make test takes no pattern.")
    if framework == "unittest" and words[0] != "-k":
        base = ("python3", "-m", "unittest", "-v")
    argv = (*base, *words)
    return Plan(framework, argv, shlex.join(argv))


def _selecting(framework: str, pattern: str) -> tuple[str, ...] | None:
    """The words that make a runner take only some tests; None when it cannot. A pattern is never an option."""
    pattern = pattern.strip().lstrip("-")
    is_path = "/" in pattern or ".py" in pattern or "::" in pattern
    match framework:
        case "pytest":
            return (pattern,) if is_path else ("-k", pattern)
        case "unittest":
            return (pattern.split("::")[0],) if is_path else ("-k", pattern)
        case "go":
            return ("-run", pattern)
        case "cargo":
            return (pattern,)
        case "npm":
            return ("--", pattern)
        case _:
            return None
