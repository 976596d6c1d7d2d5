"""Finding, running and judging the tools a project is tested, checked and built with."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loom_app.actions.clipping import errors_first
from loom_app.actions.feedback import feedback
from loom_app.actions.runners import suggested
from loom_app.actions.tools import TOOLS, Task
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome, Ended
from loom_app.sandbox.workspace import Workspace
from tests.actions.stage import Stage, stage

LINTS = json.dumps({"scripts": {"lint": "eslint ."}})
BUILDS = json.dumps({"scripts": {"build": "tsc -b"}})


@dataclass
class Machine:
    """A runner on which only some programs are installed; those end with the code and words given."""

    installed: dict[str, tuple[int, str]]
    asked: list[str] = field(default_factory=list)
    seconds: float = 0
    place: str = ""

    async def __call__(
        self, argv: Sequence[str], *, cwd: str = ".", limits: CommandLimits, env: Mapping[str, str]
    ) -> CommandOutcome:
        self.asked.append(" ".join(argv))
        self.place = cwd
        self.seconds = limits.wall_seconds
        fits = next((told for name, told in self.installed.items() if self.asked[-1].startswith(name)), None)
        code, said = fits or (None, "")
        ended: Ended = "exited" if fits else "not_found"
        return CommandOutcome(
            argv=list(argv), exit_code=code, signal=None, stdout=said, stderr="", stdout_bytes=len(said),
            stderr_bytes=0, truncated=False, duration_ms=1, ended=ended, confined=True, summary=f"It ended: {code}.",
        )  # fmt: skip


def on(root: Path, files: Mapping[str, str], **installed: tuple[int, str]) -> tuple[Stage, Machine]:
    machine = Machine({name.replace("_", " "): told for name, told in installed.items()})
    here = stage(root, runner=machine)
    for path, text in files.items():
        here.write(path, text)
    return here, machine


@pytest.mark.parametrize(
    ("task", "files", "first"),
    [
        ("lint", {}, None),
        ("lint", {"README.md": "read"}, None),
        ("lint", {"app.py": "x"}, "ruff"),
        ("lint", {"app.py": "x", ".flake8": ""}, "flake8"),
        ("lint", {"app.py": "x", ".flake8": "", "ruff.toml": ""}, "ruff"),
        ("lint", {"pyproject.toml": "[tool.ruff]\nline-length = 120", "go.mod": "module x"}, "ruff"),
        ("lint", {"package.json": LINTS, "app.py": "x"}, "npm"),
        ("lint", {"package.json": BUILDS, "eslint.config.mjs": ""}, "eslint"),
        ("lint", {"go.mod": "module x", "gen.py": "x"}, "go"),
        ("lint", {"go.mod": "module x", ".golangci.yml": ""}, "golangci-lint"),
        ("lint", {"Cargo.toml": "[package]"}, "cargo"),
        ("lint", {"Makefile": "lint: all\n\techo\n", "go.mod": "module x"}, "make"),
        ("build", {}, None),
        ("build", {"package.json": BUILDS, "Makefile": "build:\n"}, "npm"),
        ("build", {"package.json": "[1", "tsconfig.json": "{}"}, "tsc"),
        ("build", {"go.mod": "module x", "Makefile": "test:\n"}, "go"),
        ("build", {"go.mod": "module x", "Makefile": "build:\n"}, "make"),
        ("build", {"Cargo.toml": "[package]"}, "cargo"),
        ("build", {"Makefile": "prog: main.c\n\tcc main.c\n", "gen.py": "x"}, "make"),
        ("build", {"Makefile": "help:\n\techo\n", "pyproject.toml": ""}, "python"),
        ("build", {"src/app/a.py": "x"}, "python"),
    ],
)
def test_the_files_say_how_a_project_is_checked_and_built(
    tmp_path: Path, task: Task, files: dict[str, str], first: str | None
) -> None:
    here, _ = on(tmp_path, files)
    assert next(iter(suggested(task, Workspace(here.root))), None) == first


async def test_lint_that_finds_nothing_and_something(tmp_path: Path) -> None:
    here, machine = on(tmp_path, {"app.py": "x"}, ruff=(0, ""))
    clean = await here.act("run_linter", timeout_seconds=7)
    assert (clean.message, clean.metadata["success"], machine.seconds) == ("lint passed", True, 7)
    assert "Lint passed with no issues." in feedback([clean], 1, 20)
    machine.installed["ruff"] = (1, "app.py:1:1: F821 Undefined name `x`")
    found = await here.act("lint", files="app.py,-v")
    assert (found.message, found.metadata["success"], found.metadata["exit_code"]) == ("lint found issues", False, 1)
    assert machine.asked[-1].endswith("-- app.py v")
    assert "**Lint:** FAILED (exit code 1)" in feedback([found], 1, 20)
    assert "F821 Undefined name" in feedback([found], 1, 20)
    machine.installed["ruff"] = (0, "warning: something is deprecated")
    assert "PASSED, but it said" in feedback([await here.act("run_linter")], 1, 20)


async def test_what_is_not_installed_never_passes(tmp_path: Path) -> None:
    here, machine = on(tmp_path, {"app.py": "x"})
    nothing = await here.act("run_linter")
    assert (nothing.status, nothing.metadata["code"]) == ("error", "tool_missing")
    assert "ruff and flake8 are not installed where commands run" in nothing.message
    assert [asked.split()[0] for asked in machine.asked] == ["ruff", "flake8"]
    machine.installed["flake8"] = (0, "")
    other = await here.act("run_linter")
    assert other.metadata["framework"] == "flake8"
    assert "ruff is not installed" in other.metadata["remark"] in feedback([other], 1, 20)
    assert "no node_modules in the worktree" in (await here.act("run_linter", framework="eslint")).message
    alone = await here.act("run_linter", framework="ruff")
    assert alone.metadata["code"] == "tool_missing"


@pytest.mark.parametrize(
    ("kind", "files", "installed", "code"),
    [
        ("run_linter", {"Cargo.toml": ""}, {"cargo": (101, "error: no such command: `clippy`\n\n\thelp")}, "cargo"),
        ("run_tests", {"test_a.py": "def test_x(): pass"}, {"python3": (1, "/usr/bin/python3: No module named pytest")},
         "pytest and unittest"),
    ],
)  # fmt: skip
async def test_a_program_that_lacks_the_tool_is_one_that_is_not_there(
    tmp_path: Path, kind: str, files: dict[str, str], installed: dict[str, tuple[int, str]], code: str
) -> None:
    here, machine = on(tmp_path, files, **installed)
    if kind == "run_tests":
        machine.installed = {"python3 -m pytest": installed["python3"]}
    result = await here.act(kind)
    assert result.metadata["code"] == "tool_missing"
    assert f"{code} " in result.message


async def test_a_script_whose_program_is_missing_has_failed(tmp_path: Path) -> None:
    here, _ = on(tmp_path, {"package.json": LINTS}, npm=(127, "sh: 1: eslint: not found"))
    result = await here.act("run_linter")
    assert (result.metadata["success"], result.message) == (False, "It ended: 127.")
    assert "eslint: not found" in feedback([result], 1, 20)


async def test_builds_by_target_command_and_framework(tmp_path: Path) -> None:
    files = {"package.json": BUILDS, "go.mod": "module x"}
    here, machine = on(tmp_path, files, npm=(0, "built"), go=(2, "./a.go:3:1: undefined: y"), **{"/bin/sh": (0, "")})
    one = await here.act("build")
    assert (one.message, machine.asked) == ("build passed", ["npm run build"])
    assert "Others fit, too; name one as framework: go." in one.metadata["remark"]
    await here.act("build_project", build_target="docs")
    await here.act("build_project", framework="golang", build_target="./cmd/x")
    await here.act("build_project", build_command="./build.sh --all")
    assert machine.asked[1:] == ["npm run docs", "go build -o /dev/null ./cmd/x", "/bin/sh -c ./build.sh --all"]
    failed = await here.act("build_project", framework="go")
    text = feedback([failed], 1, 20)
    assert "**Build:** FAILED (exit code 2)" in text
    assert "undefined: y" in text
    assert "then build again" in text
    unknown = await here.act("build_project", framework="bazel")
    assert "there are npm, make, go, cargo, tsc, python, backend" in unknown.message
    (tmp_path / "src").mkdir()
    nothing = await stage(tmp_path / "src").act("build_project")
    assert nothing.metadata["code"] == "no_build"


async def test_python_is_compiled_and_leaves_nothing_behind(tmp_path: Path) -> None:
    here = stage(tmp_path)
    here.write("app.py", "x = 1\n")
    here.write("node_modules/lib/broken.py", "def (\n")
    good = await here.act("build_project")
    assert (good.metadata["framework"], good.metadata["success"]) == ("python", True), good
    here.write("bad.py", "def (\n")
    bad = await here.act("build_project")
    assert bad.metadata["success"] is False
    assert "SyntaxError" in bad.metadata["output"]
    assert not list(tmp_path.rglob("__pycache__"))


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
async def test_make_builds_and_checks(tmp_path: Path) -> None:
    here = stage(tmp_path)
    here.write(
        "Makefile", "all:\n\t@echo built all\nlint:\n\t@echo 'a.c:1: warning'; exit 1\none:\n\t@echo built one\n"
    )
    assert "built all" in (await here.act("build_project")).metadata["output"]
    assert "built one" in (await here.act("build_project", build_target="one")).metadata["output"]
    lint = await here.act("run_linter", files=["a.c"])
    assert (lint.metadata["success"], lint.metadata["framework"]) == (False, "make")
    assert "Everything was checked" in lint.metadata["remark"]


NAMES = ("a.py", "tests/test_a.py", "package.json", "go.mod", "Cargo.toml", "Makefile", ".flake8", "ruff.toml")
TEXTS = st.sampled_from(("", "{}", LINTS, BUILDS, "lint:\n", "build: x\n", "[tool.ruff]", "[" * 9999))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(st.sampled_from(NAMES), TEXTS), task=st.sampled_from(list(TOOLS)))
def test_whatever_lies_there_a_known_tool_or_none_is_found(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str], task: Task
) -> None:
    here, _ = on(tmp_path_factory.mktemp("project"), files)
    found = suggested(task, Workspace(here.root))
    assert len(found) == len(set(found))
    assert set(found) <= {tool.name for tool in TOOLS[task]}
    assert not found or files


def test_what_is_done_instead_is_a_tool_of_the_same_task() -> None:
    for tools in TOOLS.values():
        names = {tool.name for tool in tools}
        assert all(not tool.instead or tool.instead in names for tool in tools)
        assert all(tool.argv for tool in tools)


def test_lines_that_look_like_errors_come_first_when_not_all_fits() -> None:
    noise = "compiling\n" * 1000
    text = errors_first(f"{noise}main.c:3: error: expected ';'\n{noise}", 4000)
    assert text.startswith("main.c:3: error: expected ';'\n")
    assert len(text) < 4200
    assert errors_first("fine\nerror: x", 4000) == "fine\nerror: x"
    assert errors_first("x" * 5000, 4000).count("x") < 4010
    assert len(errors_first("error " * 5000 + "\n" + noise, 4000)) < 4200


MONOREPO = {
    "README.md": "read", "go.mod": "module x", "main_test.go": "package main",
    "backend/pyproject.toml": "[tool.pytest.ini_options]", "backend/app/core.py": "x",
    "backend/tests/test_a.py": "def test_a(): pass",
    "web/package.json": json.dumps({"scripts": {"test": "vitest", "lint": "eslint ."}}), "web/src/a.ts": "x",
    "web/packages/ui/package.json": json.dumps({"name": "ui"}), "web/packages/ui/b.ts": "x",
    "crates/one/Cargo.toml": "[package]", "crates/one/src/lib.rs": "x", "docs/Makefile": "html:\n\tsphinx\n",
    "web/vendor/old/package.json": json.dumps({"scripts": {"test": "old"}}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "place", "command"),
    [
        ([], ".", "go test"),
        (["README.md"], ".", "go test"),
        (["backend/app/core.py"], "backend", "python3 -m pytest"),
        (["web/src/a.ts", "web/src/c.ts", "backend/app/core.py"], "web", "npm test"),
        (["web/packages/ui/b.ts"], "web", "npm test"),
        (["web/vendor/old/x.js"], "web", "npm test"),
        (["crates/one/src/lib.rs"], "crates/one", "cargo test"),
        (["docs/index.md"], ".", "go test"),
        (["backendish/x.py"], ".", "go test"),
    ],
)
async def test_the_part_of_a_repository_nearest_to_what_changed_is_tested(
    tmp_path: Path, changed: list[str], place: str, command: str
) -> None:
    here, machine = on(tmp_path, MONOREPO, go=(0, "ok"), npm=(0, "ok"), cargo=(0, "ok"), python3=(0, "1 passed"))
    here.recorder.changed = changed
    result = await here.act("run_tests")
    assert (machine.place, machine.asked[-1].startswith(command)) == (place, True)
    assert result.metadata["command"].startswith(command if place == "." else f"cd {place} && {command}")


async def test_a_file_that_is_named_says_where_and_is_called_as_it_is_there(tmp_path: Path) -> None:
    here, machine = on(tmp_path, MONOREPO, npm=(0, ""), python3=(0, "1 passed"))
    here.recorder.changed = ["web/src/a.ts", "README.md"]
    await here.act("run_tests", test_pattern="backend/tests/test_a.py::test_a")
    assert (machine.place, machine.asked[-1].split()[-1]) == ("backend", "tests/test_a.py::test_a")
    linted = await here.act("run_linter", files=["web/src/a.ts"])
    assert (machine.place, machine.asked[-1]) == ("web", "npm run --silent lint -- src/a.ts")
    assert linted.metadata["remark"] == ""
    named = await here.act("run_tests", framework="pytest")
    assert (machine.place, named.metadata["framework"]) == ("backend", "pytest")


async def test_what_else_changed_is_told(tmp_path: Path) -> None:
    here, _ = on(tmp_path, MONOREPO, npm=(0, ""))
    here.recorder.changed = ["web/src/a.ts", "web/src/c.ts", "backend/app/core.py"]
    assert "backend changed as well" in (await here.act("run_tests")).metadata["remark"]


async def test_a_repository_with_nothing_at_its_top(tmp_path: Path) -> None:
    files = {path: text for path, text in MONOREPO.items() if path.startswith("web/")}
    here, machine = on(tmp_path, files, npm=(0, ""))
    await here.act("run_tests")
    assert machine.place == "web"
