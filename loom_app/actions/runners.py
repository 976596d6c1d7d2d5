"""How a project is tested, checked and built: by its own command, or by the tool that its files suggest."""

import asyncio
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from loom_app.actions.clipping import printable
from loom_app.actions.context import ActionContext
from loom_app.actions.marks import Files
from loom_app.actions.parts import TOP, in_turn, parts, seen_from, touched
from loom_app.actions.tools import TOOLS, Task, Tool
from loom_app.kernel.errors import Invalid, LoomError, Unavailable
from loom_app.sandbox.commands import shell
from loom_app.sandbox.outcome import CommandOutcome
from loom_app.sandbox.workspace import Workspace

ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "CI": "1"}
"""No caches that a commit would pick up, no colours, no questions."""
PACKAGES = "node_modules/"
_OWN = "It comes with the project's packages, and there is no node_modules in the worktree."
_LOOMS = "Whoever runs Loom can install it."
_OPERATORS = re.compile(r"[;&|<>`$\n]")


@dataclass(frozen=True)
class Wanted:
    """What is to be done: all of it, or what is `chosen`: a pattern, a target, files.

    `command` is one to take in place of a tool; without that, the tool is `framework` or what the files suggest.
    """

    task: Task
    command: str | None = None
    framework: str | None = None
    chosen: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Plan:
    """The tool's name, the program to start, what to show people, and what to tell the model."""

    framework: str
    argv: Sequence[str]
    shown: str
    remark: str = ""
    missing: str = ""
    folder: str = TOP


@dataclass(frozen=True)
class Ran:
    """What was run, how it ended, and all that it printed."""

    plan: Plan
    outcome: CommandOutcome
    output: str

    @property
    def passed(self) -> bool:
        """Whether it came to its own end and said that all is well."""
        return self.outcome.ended == "exited" and self.outcome.exit_code == 0


async def run_tool(wanted: Wanted, context: ActionContext) -> Ran:
    """Does what is wanted. Raises Invalid where nothing says how, Unavailable where no tool for it is installed."""
    plans = [_own(wanted)] if wanted.command else await _found(wanted, context)
    absent: list[str] = []
    for plan in plans:
        limits = context.limits.within(wanted.seconds)
        outcome = await context.runner(plan.argv, cwd=plan.folder, limits=limits, env=ENVIRONMENT)
        output = printable(f"{outcome.stdout}\n{outcome.stderr}".strip())
        if not _is_missing(plan, outcome, output):
            gone = f"{', '.join(absent)} is not installed where commands run, so {plan.framework} did it."
            return Ran(replace(plan, remark=f"{gone if absent else ''} {plan.remark}".strip()), outcome, output)
        absent.append(plan.framework)
    own = any(plan.argv[0].startswith(PACKAGES) for plan in plans)
    raise Unavailable(
        f"Nothing was {_DONE[wanted.task]}: {' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not installed "
        f"where commands run. {_OWN if own else _LOOMS}",
        code="tool_missing",
    )


def suggested(task: Task, workspace: Workspace) -> list[str]:
    """The tools that a project's files suggest for a task, the likeliest first."""
    files = Files(workspace)
    return list(dict.fromkeys(tool.name for tool in TOOLS[task] if _fits(tool, files)))


async def _found(wanted: Wanted, context: ActionContext) -> list[Plan]:
    """What to try, in the part of the repository that is nearest to what was chosen or else to what has changed."""
    folders = await asyncio.to_thread(parts, context.workspace)
    about = list(wanted.chosen) if wanted.chosen and _are_files(wanted.chosen) else []
    if folders and not about:
        with suppress(LoomError):
            about = await context.repository.changed_paths()
    plans = await asyncio.to_thread(_plans, wanted, context.workspace, in_turn(folders, about))
    others = [folder for folder in touched(folders, about) if folder != plans[0].folder]
    remark = f"{', '.join(others)} changed as well: name a file there to have it done there." if others else ""
    return [replace(plan, remark=f"{plan.remark} {remark}".strip()) for plan in plans]


def _plans(wanted: Wanted, workspace: Workspace, folders: Sequence[str]) -> list[Plan]:
    """What to try in turn, the next where one is not installed. What a model names itself is tried alone."""
    for folder in folders:
        files = Files(workspace, folder, folders)
        fitting = [tool for tool in TOOLS[wanted.task] if _fits(tool, files)]
        if wanted.framework and (folder == folders[-1] or _knows(fitting, wanted.framework)):
            return [_plan(_named(wanted, wanted.framework, fitting), wanted, workspace, folder)]
        if fitting and not wanted.framework:
            return _tried(wanted, workspace, folder, fitting)
    code, how = _NOTHING[wanted.task]
    raise Invalid(how, code=code)


def _tried(wanted: Wanted, workspace: Workspace, folder: str, fitting: Sequence[Tool]) -> list[Plan]:
    tried = list(_in_turn(wanted.task, fitting[0]))
    others = dict.fromkeys(tool.name for tool in fitting if tool.name not in {one.name for one in tried})
    remark = f"Others fit, too; name one as framework: {', '.join(others)}." if others else ""
    plans = [_plan(tool, wanted, workspace, folder) for tool in tried]
    return [replace(plan, remark=f"{plan.remark} {remark}".strip()) for plan in plans]


def _in_turn(task: Task, tool: Tool) -> Iterator[Tool]:
    seen = set[str]()
    while tool.name not in seen:
        yield tool
        seen.add(tool.name)
        tool = next((other for other in TOOLS[task] if other.name == tool.instead), tool)


def _fits(tool: Tool, files: Files) -> bool:
    return any(mark(files) for mark in tool.marks)


def _knows(tools: Sequence[Tool], framework: str) -> Tool | None:
    word = framework.strip().lower()
    return next((tool for tool in tools if word == tool.name or word in tool.also), None)


def _named(wanted: Wanted, framework: str, fitting: Sequence[Tool]) -> Tool:
    if tool := _knows((*fitting, *TOOLS[wanted.task]), framework):
        return tool
    names = ", ".join(dict.fromkeys(tool.name for tool in TOOLS[wanted.task]))
    raise Invalid(
        f"There is no framework {framework!r} to {wanted.task} with; there are {names}.", code=_NOTHING[wanted.task][0]
    )


def _is_missing(plan: Plan, outcome: CommandOutcome, output: str) -> bool:
    if outcome.ended == "not_found":
        return True
    return bool(plan.missing) and outcome.exit_code != 0 and re.fullmatch(plan.missing, output, re.DOTALL) is not None


def _own(wanted: Wanted) -> Plan:
    command = wanted.command or ""
    tool = next((tool for tool in TOOLS[wanted.task] if tool.known and re.search(tool.known, command)), None)
    name = tool.name if tool else "custom"
    if not wanted.chosen:
        return Plan(name, shell(command), command)
    words = _selecting(tool, wanted.chosen) if tool else None
    if words is None or _OPERATORS.search(command):
        remark = (
            f"{_ALL[wanted.task]}: how to pass a pattern to {command!r} is not known. "
            "Use run_command for a part of them."
        )
        return Plan(name, shell(command), command, remark)
    narrowed = f"{command} {shlex.join(words)}"
    return Plan(name, shell(narrowed), narrowed)


def _plan(tool: Tool, wanted: Wanted, workspace: Workspace, folder: str) -> Plan:
    base, words, remark = (*tool.argv, *_start(tool, workspace, folder)), tool.everything, ""
    if wanted.chosen:
        chosen = _selecting(tool, [_seen_from(folder, one, workspace) for one in wanted.chosen])
        if chosen is None:
            remark = f"{_ALL[wanted.task]}: {shlex.join(tool.argv)} takes no choice."
        else:
            base, words = (tool.files if tool.files and _are_files(wanted.chosen) else base), chosen
    argv = (*base, *words)
    shown = shlex.join(argv) if folder == TOP else f"cd {shlex.quote(folder)} && {shlex.join(argv)}"
    return Plan(tool.name, argv, shown, remark, tool.missing, folder)


def _seen_from(folder: str, chosen: str, workspace: Workspace) -> str:
    """A file as it is called in the folder, also where the name of a test in it follows; anything else as it is."""
    file, mark, test = chosen.partition("::")
    return f"{seen_from(folder, file)}{mark}{test}" if folder != TOP and workspace.exists(file) else chosen


def _selecting(tool: Tool, chosen: Sequence[str]) -> tuple[str, ...] | None:
    """The words that make a tool take only some; None when it cannot. What is chosen is never an option."""
    plain = [one.strip().lstrip("-") for one in chosen]
    if tool.files is not None and _are_files(chosen):
        return tuple(one if tool.inner else one.split("::")[0] for one in plain)
    return None if tool.takes is None else (*tool.takes, *plain)


def _are_files(chosen: Sequence[str]) -> bool:
    return all("/" in one or ".py" in one or "::" in one for one in chosen)


def _start(tool: Tool, workspace: Workspace, folder: str) -> tuple[str, ...]:
    if tool.folder:
        for tests in ("tests", "test"):
            if workspace.exists(f"{folder}/{tests}") and not workspace.exists(f"{folder}/{tests}/__init__.py"):
                return (*tool.folder, tests)
    return ()


_DONE: Mapping[Task, str] = {"test": "tested", "lint": "checked", "build": "built"}
_ALL: Mapping[Task, str] = {"test": "All tests ran", "lint": "Everything was checked", "build": "Everything was built"}
_NOTHING: Mapping[Task, tuple[str, str]] = {
    "test": (
        "no_tests",
        "No way to run tests was found: there are no Python tests, package.json, go.mod, Cargo.toml or Makefile "
        "that says how. Use run_command with the project's test command.",
    ),
    "lint": (
        "no_linter",
        "No linter was found: there is no lint script in package.json, no lint target in a Makefile, no go.mod, "
        "Cargo.toml or Python file. Name one as framework, or use run_command.",
    ),
    "build": (
        "no_build",
        "No way to build was found: there is no build script in package.json, no Makefile, go.mod, Cargo.toml or "
        "Python file. Give the command as build_command.",
    ),
}
