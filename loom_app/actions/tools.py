"""The programs that test, check and build projects: one row each, in the order in which they are thought of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loom_app.actions.marks import (
    MAKEFILES,
    Mark,
    ending,
    pytest_tests,
    python_tests,
    says,
    script,
    target,
    there,
    unless,
)

Task = Literal["test", "lint", "build"]


@dataclass(frozen=True)
class Tool:
    """A program for a task; any of its `marks` suggests it.

    `everything` are the words that follow `argv` when nothing is chosen, `takes` those before what is chosen, None
    where it takes nothing; `files` is what stands in place of `argv` and `takes` before files, where that differs.
    """

    name: str
    argv: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    everything: tuple[str, ...] = ()
    takes: tuple[str, ...] | None = None
    files: tuple[str, ...] | None = None
    inner: bool = True
    """Whether a file may be followed by :: and the name of a test in it."""
    folder: tuple[str, ...] = ()
    """The words before a folder of tests that has no __init__.py, for one that finds none there by itself."""
    also: tuple[str, ...] = ()
    """Other names for it."""
    instead: str = ""
    """The tool that does where this one is not installed."""
    missing: str = ""
    """A pattern: all that is said where it is not installed, if what starts it is."""
    known: str = ""
    """A pattern: what its command looks like."""


_NO_MODULE = r"\S*python[\d.]*: No module named .+"
_PYTEST = ("python3", "-m", "pytest", "-q", "--color=no", "-o", "cache_dir=/tmp/pytest-cache")
_UNITTEST = ("python3", "-m", "unittest")
_COMPILE = ("python3", "-X", "pycache_prefix=/tmp/pycache", "-m", "compileall", "-q", "-x")
_NOT_OURS = r"(^|/)(\.venv|venv|\.tox|node_modules|\.git)/"
_PACKAGED = there("pyproject.toml", "setup.py", "requirements.txt")
_ESLINT = tuple(f"{name}.{kind}" for name in ("eslint.config", ".eslintrc") for kind in ("js", "mjs", "cjs", "ts"))
_RUFF = (there("ruff.toml", ".ruff.toml"), says("pyproject.toml", "[tool.ruff"))
_FLAKE8 = (there(".flake8"), says("setup.cfg", "[flake8]"), says("tox.ini", "[flake8]"))
_GOLANGCI = tuple(f".golangci.{kind}" for kind in ("yml", "yaml", "toml", "json"))

_RUFF_CHECK = ("ruff", "check", "--quiet", "--no-cache", "--output-format=concise")

TEST = (
    Tool(
        "pytest", _PYTEST, (pytest_tests,), takes=("-k",), files=_PYTEST, also=("py.test", "python"),
        instead="unittest", missing=_NO_MODULE, known=r"\bpytest\b|\bpy\.test\b",
    ),
    Tool(
        "unittest", (*_UNITTEST, "discover", "-v"), (python_tests,), takes=("-k",), files=(*_UNITTEST, "-v"),
        inner=False, folder=("-s",), known=r"\bunittest\b",
    ),
    Tool(
        "npm", ("npm", "test"), (script("test"),), takes=("--",), also=("jest", "mocha", "vitest", "node"),
        known=r"\b(?:npm|yarn|pnpm|jest|vitest|mocha)\b|\bnode\b.*--test",
    ),
    Tool("go", ("go", "test", "-v", "./..."), (there("go.mod"),), takes=("-run",), also=("golang",),
         known=r"\bgo test\b"),
    Tool("cargo", ("cargo", "test"), (there("Cargo.toml"),), takes=(), also=("rust",), known=r"\bcargo\b"),
    Tool("make", ("make", "test"), (target("test"),), known=r"\bmake\b"),
)  # fmt: skip

LINT = (
    Tool("npm", ("npm", "run", "--silent", "lint"), (script("lint"),), takes=("--",), also=("node",)),
    Tool("make", ("make", "lint"), (target("lint"),)),
    Tool("eslint", ("node_modules/.bin/eslint",), (there(*_ESLINT, ".eslintrc", ".eslintrc.json", ".eslintrc.yml"),),
         everything=(".",), takes=("--",)),
    Tool("golangci-lint", ("golangci-lint", "run"), (there(*_GOLANGCI),), takes=("--",), also=("golangci",),
         instead="go"),
    Tool("ruff", _RUFF_CHECK, _RUFF, everything=(".",), takes=("--",), instead="flake8"),
    Tool("flake8", ("flake8",), _FLAKE8, takes=("--",), instead="ruff"),
    Tool("go", ("go", "vet"), (there("go.mod"),), everything=("./...",), also=("golang", "vet", "govet")),
    Tool("cargo", ("cargo", "clippy", "--quiet", "--", "-D", "warnings"), (there("Cargo.toml"),),
         also=("rust", "clippy"), missing=r"error: (?:no such command: `clippy`|'cargo-clippy').*"),
    Tool("ruff", _RUFF_CHECK, (ending(".py"),), everything=(".",), takes=("--",), also=("python",), instead="flake8"),
)  # fmt: skip

BUILD = (
    Tool("npm", ("npm", "run"), (script("build"),), everything=("build",), takes=(), also=("node",)),
    Tool("make", ("make",), (target("build"),), everything=("build",), takes=()),
    Tool("go", ("go", "build", "-o", "/dev/null"), (there("go.mod"),), everything=("./...",), takes=(),
         also=("golang",)),
    Tool("cargo", ("cargo", "build"), (there("Cargo.toml"),), takes=("--package",), also=("rust",)),
    Tool("tsc", ("node_modules/.bin/tsc", "--noEmit"), (there("tsconfig.json"),), takes=("--project",),
         also=("typescript",)),
    Tool("make", ("make",), (unless(there(*MAKEFILES), _PACKAGED),), takes=()),
    Tool("python", (*_COMPILE, _NOT_OURS), (_PACKAGED, ending(".py")), everything=(".",), takes=(),
         also=("compileall", "py")),
    Tool("backend", ("python3", "-m", "build", "--no-isolation", "--outdir", "/tmp/dist"),  # noqa: S108 - the sandbox's
         missing=_NO_MODULE, also=("build", "wheel", "pip")),
)  # fmt: skip

TOOLS: Mapping[Task, tuple[Tool, ...]] = {"test": TEST, "lint": LINT, "build": BUILD}
"""Of the rows with one name the first that fits counts."""
