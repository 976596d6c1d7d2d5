"""The real beads tool, run in a folder of the test's own."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.interop import Version

EVERYTHING: tuple[tuple[str, ...], ...] = (
    ("create", "Every field <b> & \u00fc", "--id", "t-all", "-p", "0", "-t", "bug", "-d", "line\n- two\t\u20ac",
     "--design", "de", "--acceptance", "ac", "--notes", "no", "-l", "b,a", "-a", "bob", "-e", "30",
     "--due", "2030-01-02T03:04:05Z", "--external-ref", "gh-9", "--metadata", '{"n":1,"deep":{"x":[true,null]}}'),
    ("create", "Epic", "--id", "t-epic", "-t", "epic"),
    ("create", "Child", "--parent", "t-epic", "-p", "4"),
    ("create", "Later", "--id", "t-later", "--defer", "2040-01-01T00:00:00Z", "-t", "chore"),
    ("create", "Waiting", "--id", "t-wait", "-t", "feature", "--deps", "t-all,discovered-from:t-later"),
    ("create", "Done", "--id", "t-done"),
    ("create", "Related", "--id", "t-rel", "-t", "decision"),
    ("dep", "add", "t-rel", "t-all", "--type", "related"),
    ("dep", "add", "t-rel", "t-epic", "--type", "waits-for"),
    ("dep", "add", "t-all", "external:other:thing"),
    ("label", "add", "t-rel", "late"),
    ("update", "t-wait", "--status", "in_progress"),
    ("update", "t-rel", "--status", "blocked"),
    ("comments", "add", "t-all", "first <i>"),
    ("comments", "add", "t-all", "second\nline"),
    ("close", "t-done", "--reason", "because <b>"),
)  # fmt: skip
"""Beads with everything the command line can say, in words both tools know."""


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

    def copy(self, folder: Path) -> "Real":
        """The same version with a copy of the database in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Real(self.version, folder)

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
