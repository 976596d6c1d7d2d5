"""The actions that run programs: a shell command, the project's tests."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.clipping import clip, printable
from loom_app.actions.context import ActionContext
from loom_app.actions.counting import Counts, count_tests
from loom_app.actions.kinds.commands import RunCommand, RunTests
from loom_app.actions.results import ActionResult, executed, failed
from loom_app.actions.runners import plan_tests
from loom_app.sandbox.commands import shell
from loom_app.sandbox.outcome import CommandOutcome

ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "CI": "1"}
"""No caches that a commit would pick up, no colours, no questions."""


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
    plan = await plan_tests(action, context)
    if plan is None:
        return failed(
            action,
            "No way to run tests was found: there are no Python tests, package.json, go.mod, Cargo.toml or Makefile "
            "that says how. Use run_command with the project's test command.",
            code="no_tests",
        )
    outcome = await context.runner(plan.argv, limits=context.limits.within(action.timeout_seconds), env=ENVIRONMENT)
    output = printable(f"{outcome.stdout}\n{outcome.stderr}".strip())
    counts = count_tests(plan.framework, output)
    success = outcome.ended == "exited" and outcome.exit_code == 0 and counts != Counts(0, 0)
    return executed(
        action,
        _verdict(outcome, counts, success=success),
        success=success,
        passed=counts.passed if counts else None,
        failed=counts.failed if counts else None,
        framework=plan.framework,
        command=plan.shown,
        remark=plan.remark,
        exit_code=outcome.exit_code,
        output=clip(output, context.limits.kept_characters),
        **_facts(outcome),
    )


def _verdict(outcome: CommandOutcome, counts: Counts | None, *, success: bool) -> str:
    if outcome.ended != "exited" or outcome.exit_code in (None, 126, 127):
        return outcome.summary
    if counts == Counts(0, 0):
        return "no tests ran"
    return "tests passed" if success else "tests failed"


def _facts(outcome: CommandOutcome) -> dict[str, Any]:
    return {
        "duration_ms": outcome.duration_ms,
        "ended": outcome.ended,
        "truncated": outcome.truncated,
        "confined": outcome.confined,
    }


def _kept(text: str, context: ActionContext) -> str:
    return clip(printable(text), context.limits.kept_characters)


HANDLERS: Mapping[str, Any] = {"run_command": run_command, "run_tests": run_tests}
