"""The actions that run programs: a shell command, the project's tests, its linter, its build."""

from collections.abc import Callable, Mapping
from typing import Any

from loom_app.actions.clipping import clip, errors_first, printable
from loom_app.actions.context import ActionContext
from loom_app.actions.counting import Counts, count_tests, read_coverage
from loom_app.actions.kinds.commands import BuildProject, RunCommand, RunLinter, RunTests
from loom_app.actions.results import ActionResult, executed
from loom_app.actions.runners import ENVIRONMENT, Ran, Wanted, run_tool
from loom_app.sandbox.commands import shell
from loom_app.sandbox.outcome import CommandOutcome


async def run_command(action: RunCommand, context: ActionContext) -> ActionResult:
    """Runs a shell command. It is `executed` whatever its exit code, which is None when a signal ended it."""
    outcome = await context.runner(
        shell(action.command),
        cwd=action.working_dir,
        limits=context.limits.within(action.timeout_seconds),
        env=ENVIRONMENT,
    )
    return executed(
        action,
        outcome.summary,
        command=action.command,
        exit_code=outcome.exit_code,
        stdout=_kept(outcome.stdout, context),
        stderr=_kept(outcome.stderr, context),
        **_facts(outcome),
    )


async def run_tests(action: RunTests, context: ActionContext) -> ActionResult:
    """Runs the tests the project's own way, or the way its files suggest. `success` says whether they passed."""
    chosen = (action.test_pattern,) if action.test_pattern else ()
    ran = await run_tool(
        Wanted("test", context.test_command, action.framework, chosen, action.timeout_seconds), context
    )
    counts = count_tests(ran.plan.framework, ran.output)
    success = ran.passed and counts != Counts(0, 0)
    said = "no tests ran" if counts == Counts(0, 0) else "tests passed" if success else "tests failed"
    return executed(
        action,
        _verdict(ran, said),
        success=success,
        passed=counts.passed if counts else None,
        failed=counts.failed if counts else None,
        coverage=read_coverage(ran.output),
        **_told(ran, context, clip),
    )


async def run_linter(action: RunLinter, context: ActionContext) -> ActionResult:
    """Runs the linter that the project's files suggest on all files or on some. `success`: it has nothing to say."""
    ran = await run_tool(Wanted("lint", None, action.framework, tuple(action.files), action.timeout_seconds), context)
    said = "lint passed" if ran.passed else "lint found issues"
    return executed(action, _verdict(ran, said), success=ran.passed, **_told(ran, context))


async def build_project(action: BuildProject, context: ActionContext) -> ActionResult:
    """Builds by the command given, or the way the project's files suggest. `success` says whether that went well."""
    chosen = (action.build_target,) if action.build_target else ()
    ran = await run_tool(
        Wanted("build", action.build_command, action.framework, chosen, action.timeout_seconds), context
    )
    said = "build passed" if ran.passed else "build failed"
    return executed(action, _verdict(ran, said), success=ran.passed, **_told(ran, context))


def _verdict(ran: Ran, said: str) -> str:
    """What a program came to; in the sandbox's words where it did not come to its own end, or lacks a program."""
    if ran.outcome.ended != "exited" or ran.outcome.exit_code in (None, 126, 127):
        return ran.outcome.summary
    return said


def _told(ran: Ran, context: ActionContext, cut: Callable[[str, int], str] = errors_first) -> dict[str, Any]:
    return {
        "framework": ran.plan.framework,
        "command": ran.plan.shown,
        "remark": ran.plan.remark,
        "exit_code": ran.outcome.exit_code,
        "output": cut(ran.output, context.limits.kept_characters),
        **_facts(ran.outcome),
    }


def _facts(outcome: CommandOutcome) -> dict[str, Any]:
    return {
        "duration_ms": outcome.duration_ms,
        "ended": outcome.ended,
        "truncated": outcome.truncated,
        "confined": outcome.confined,
        "risk": outcome.risk,
        "rule": outcome.rule,
        **({"network": list(outcome.network)} if outcome.network else {}),
    }


def _kept(text: str, context: ActionContext) -> str:
    return clip(printable(text), context.limits.kept_characters)


HANDLERS: Mapping[str, Any] = {
    "run_command": run_command,
    "run_tests": run_tests,
    "run_linter": run_linter,
    "build_project": build_project,
}
