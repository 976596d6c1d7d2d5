"""Git repositories for tests, and questions to them."""

import subprocess
from pathlib import Path

WHO = ("-c", "user.name=Cook", "-c", "user.email=cook@example.invalid", "-c", "commit.gpgSign=false")


def git(folder: Path, *arguments: str) -> str:
    """What `git arguments` prints in `folder`; the test fails when git does."""
    command = ["git", *WHO, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr or done.stdout}"
    return done.stdout


def made(folder: Path, files: dict[str, str]) -> Path:
    """A new repository with `files` in one commit on `main`."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "The recipe so far")
    return folder


def subjects(folder: Path, branch: str = "main") -> list[str]:
    """The subjects of the commits on `branch`, oldest first."""
    return git(folder, "log", "--reverse", "--format=%s", branch).splitlines()


def shown(folder: Path, path: str, branch: str = "main") -> str:
    """The text of a file on `branch`."""
    return git(folder, "show", f"{branch}:{path}")
