"""What a project's files tell of the tools it is worked on with."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from loom_app.kernel.errors import LoomError
from loom_app.sandbox.workspace import Workspace

DEPTH, MOST = 4, 5000
MOST_TESTS_READ = 50
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")


class Files:
    """The files of a project in `folder`, by their paths from there, down to four levels; each is read once.

    What lies in one of the folders `without` belongs to other projects.
    """

    def __init__(self, workspace: Workspace, folder: str = ".", without: Sequence[str] = ()) -> None:
        self._workspace, self._texts = workspace, dict[str, str]()
        self._above = "" if folder == "." else f"{folder}/"
        found = (entry.path for entry in workspace.tree(folder, DEPTH, MOST) if entry.type == "file")
        others = tuple(f"{other}/" for other in without if other.startswith(self._above) and other != folder)
        self.paths = frozenset(path.removeprefix(self._above) for path in found if not path.startswith(others))

    def text(self, path: str) -> str:
        """A file's text; one that is not there, too large or no text says nothing."""
        if path not in self._texts:
            self._texts[path] = self._read(path) if path in self.paths else ""
        return self._texts[path]

    def _read(self, path: str) -> str:
        try:
            return self._workspace.read_text(self._above + path)
        except (LoomError, OSError):
            return ""


Mark = Callable[[Files], bool]
"""Whether the files suggest a tool."""


def there(*paths: str) -> Mark:
    """One of these files is there."""
    return lambda files: not files.paths.isdisjoint(paths)


def ending(*endings: str) -> Mark:
    """A file is there whose name ends so."""
    return lambda files: any(path.endswith(endings) for path in files.paths)


def says(path: str, text: str) -> Mark:
    """The file is there and has the text in it."""
    return lambda files: text in files.text(path)


def script(name: str) -> Mark:
    """package.json has the script, and more in it than that there is none."""
    return lambda files: _script(files.text("package.json"), name)


def target(name: str) -> Mark:
    """The Makefile has the target."""
    rule = re.compile(rf"^{re.escape(name)}\s*:(?!=)", re.MULTILINE)
    return lambda files: any(rule.search(files.text(path)) for path in MAKEFILES)


def unless(mark: Mark, other: Mark) -> Mark:
    """The one is so, and not the other."""
    return lambda files: mark(files) and not other(files)


MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def python_tests(files: Files) -> bool:
    """There are tests in Python."""
    return any(_TEST_FILE.search(path) for path in files.paths)


def pytest_tests(files: Files) -> bool:
    """There are tests in Python, and pytest is configured or its style is used."""
    if not files.paths.isdisjoint(("conftest.py", "pytest.ini")):
        return True
    tests = sorted(path for path in files.paths if _TEST_FILE.search(path))
    if not tests:
        return False
    if any(path.endswith("/conftest.py") for path in files.paths) or any(mark(files) for mark in _CONFIGURED):
        return True
    texts = [files.text(path) for path in tests[:MOST_TESTS_READ]]
    return any("pytest" in text or ("def test" in text and "unittest" not in text) for text in texts)


_CONFIGURED = (says("pyproject.toml", "[tool.pytest"), says("setup.cfg", "[tool:pytest]"), says("tox.ini", "[pytest]"))


def _script(text: str, name: str) -> bool:
    try:
        package: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    scripts = package.get("scripts") if isinstance(package, dict) else None
    wanted = scripts.get(name) if isinstance(scripts, dict) else None
    return isinstance(wanted, str) and bool(wanted.strip()) and "no test specified" not in wanted
