"""A poisoned release of a popular package ran code at the start of every Python (two releases in 2026).

Here everything that is installed is pinned with the hashes of its files, and nothing runs at the start of Python.
"""

import re
import site
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-llm.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
STARTS = {"_virtualenv.pth", "distutils-precedence.pth"}
"""What runs at the start of Python: made by the tool that made the environment."""


def pins(name: str) -> dict[str, set[str]]:
    """The versions of a lock file by package."""
    found: dict[str, set[str]] = {}
    for package, pinned in PIN.findall((ROOT / name).read_text()):
        found.setdefault(plain(package), set()).add(pinned)
    return found


def plain(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE))
    for entry in filter(str.strip, entries):
        assert PIN.match(entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
        assert " @ " not in entry.splitlines()[0]


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_what_is_locked(name: str) -> None:
    locked = pins(name)
    for line in (ROOT / name.replace(".txt", ".in")).read_text().splitlines():
        if line and not line.startswith(("#", "-")):
            package, _, pinned = line.partition("==")
            package = plain(re.split(r"[\[<>=!~; ]", package)[0])
            assert package in locked, f"{package} is asked for in {name} and not locked: make lock"
            assert not pinned or pinned in locked[package], f"{package} is locked at another version: make lock"


def test_both_locks_agree() -> None:
    of_run, of_dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: of_dev[name] for name in of_run} == of_run


def test_what_is_installed_is_what_is_locked() -> None:
    for package, pinned in pins("requirements.txt").items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            continue  # for another platform
        assert installed in pinned, package


def test_nothing_unknown_runs_at_the_start_of_python() -> None:
    for folder in map(Path, site.getsitepackages()):
        for path in folder.glob("*.pth"):
            runs = [line for line in path.read_text().splitlines() if line.startswith(("import ", "import\t"))]
            assert not runs or path.name in STARTS, f"{path.name} runs {runs}"
    assert "litellm" not in pins("requirements.txt") | pins("requirements-dev.txt")


def test_installing_checks_the_hashes() -> None:
    told = "".join(path.read_text() for path in (ROOT / "scripts" / "installer").glob("*.py"))
    assert "--require-hashes" in told
