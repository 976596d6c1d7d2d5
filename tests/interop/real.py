"""The real beads tool, run in a folder of the test's own."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.interop import VERSIONS, Version

PRESENT = [version for version in VERSIONS if (version.folder / "bd").exists()]


@dataclass(frozen=True)
class Real:
    """One version of `bd` with a database of its own in `folder`."""

    version: Version
    folder: Path

    @property
    def old(self) -> bool:
        """Whether it is of the days of SQLite and the file beside it."""
        return self.version.number.startswith("0.")

    def run(self, *words: str, given: str = "", ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command as ann; with `ok` it must not fail."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("BD_", "BEADS_"))}
        environ |= {"HOME": str(self.folder), "BD_ACTOR": "ann", "BEADS_ACTOR": "ann", "GIT_CONFIG_NOSYSTEM": "1"}
        command = [str(self.version.folder / "bd"), *words]
        done = subprocess.run(
            command, cwd=self.folder, env=environ, input=given, capture_output=True, text=True, check=False, timeout=120
        )
        assert not ok or done.returncode == 0, f"bd {' '.join(words)}: {done.stdout}{done.stderr}"
        return done

    def json(self, *words: str) -> Any:
        """The answer to a command in JSON."""
        return json.loads(self.run(*words, "--json").stdout)

    def init(self, prefix: str = "t") -> None:
        """Makes the database."""
        for words in (["init", "-q"], ["config", "user.name", "ann"], ["config", "user.email", "ann@example.org"]):
            subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True)
        self.run("init", "--prefix", prefix, *(["--no-daemon"] if self.old else ["--non-interactive", "--skip-agents"]))

    def take(self, text: str) -> None:
        """Imports lines."""
        file = self.folder / "in.jsonl"
        file.write_text(text)
        self.run("import", *(["-i"] if self.old else []), str(file))

    def give(self) -> str:
        """Exports lines."""
        file = self.folder / "out.jsonl"
        self.run("export", "-o", str(file), *([] if self.old else ["--all"]))
        return file.read_text()
