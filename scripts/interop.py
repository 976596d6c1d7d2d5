"""Installs the tools that `.beads/issues.jsonl` is exchanged with, for tests/interop: python3 scripts/interop.py"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools" / "interop"
MODULE = "github.com/steveyegge/beads"
CLIENT = ROOT / "requirements-interop.txt"
GO_ELSEWHERE = "/usr/local/go/bin/go"


@dataclass(frozen=True)
class Version:
    """A version of the beads tool and how it is built."""

    number: str
    cgo: bool
    tags: str = ""

    @property
    def folder(self) -> Path:
        """Where its `bd` is put."""
        return TOOLS / self.number


VERSIONS = (
    Version("0.49.3", cgo=False),  # the last with a SQLite database and the file beside it
    Version("1.0.5", cgo=True, tags="gms_pure_go"),  # the present one, on an embedded Dolt
)


class NotInstalled(Exception):
    """Why a tool is not there, in a sentence."""


def main() -> int:
    """Installs what is missing. 1 when something could not be: the tests of it are skipped with the reason."""
    missing = []
    for title, install in (
        *((f"bd {version.number}", lambda version=version: bd(version)) for version in VERSIONS),
        ("beads-mcp", client),
    ):
        try:
            print(f"{title}: {install()}", flush=True)
        except NotInstalled as error:
            missing.append(title)
            print(f"{title} is not installed: {error}", file=sys.stderr, flush=True)
    return 1 if missing else 0


def bd(version: Version) -> str:
    """Builds one version of the beads tool, unless it is there."""
    target = version.folder / "bd"
    if target.exists():
        return "is there"
    go = shutil.which("go") or (GO_ELSEWHERE if Path(GO_ELSEWHERE).exists() else "")
    if not go:
        raise NotInstalled("Go 1.26 or newer is missing; install it from go.dev and run this again.")
    if version.cgo and not (shutil.which("gcc") or shutil.which("cc")):
        raise NotInstalled("a C compiler is missing (Debian, Ubuntu: apt install gcc).")
    environ = os.environ | {"CGO_ENABLED": str(int(version.cgo)), "GOFLAGS": "-buildvcs=false"}
    source = _source(go, version, environ)
    version.folder.mkdir(parents=True, exist_ok=True)
    draft = version.folder / ".bd"
    print(f"bd {version.number}: building, which takes some minutes …", flush=True)
    _run([go, "build", "-C", source, "-trimpath", "-tags", version.tags, "-o", str(draft), "./cmd/bd"], environ)
    draft.replace(target)
    return f"built in {target}"


def _source(go: str, version: Version, environ: dict[str, str]) -> str:
    """The folder of the module as Go keeps it. Its own go.mod and go.sum then say what it is built from."""
    said = _run([go, "mod", "download", "-json", f"{MODULE}@v{version.number}"], environ)
    return str(json.loads(said)["Dir"])


def client() -> str:
    """Puts beads-mcp into an environment of its own, since it asks for an older pydantic than Loom."""
    folder = TOOLS / "beads-mcp"
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text() == CLIENT.read_text():
        return "is there"
    uv, python = ROOT / ".venv" / "bin" / "uv", ROOT / ".venv" / "bin" / "python"
    if not uv.exists():
        raise NotInstalled("the environment of Loom is missing; `make dev` makes it.")
    environ = dict(os.environ) | {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    _run([str(uv), "venv", "--quiet", "--clear", "--python", str(python), str(folder)], environ)
    inside = str(folder / "bin" / "python")
    _run([str(uv), "pip", "install", "--quiet", "--python", inside, "--require-hashes", "-r", str(CLIENT)], environ)
    stamp.write_text(CLIENT.read_text())
    return f"installed in {folder}"


def _run(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        told = [line for line in (done.stderr + done.stdout).splitlines() if line.strip(" {}")]
        raise NotInstalled(f"{' '.join(command[:3])} failed: {' '.join(told[-2:])[:400]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
