"""Where things are in a clone, and how a state of some files is told from another."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
BUN = TOOLS / "bun"
WEB = ROOT / ".web"
PINS = ROOT / "scripts" / "pins"


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """A digest of what `paths` hold (folders: every file below, caches and links apart) and of `more`."""
    digest = hashlib.sha256(json.dumps(more).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.is_symlink() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Deletes a file or folder if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def venv_version() -> str:
    """The version of the virtual environment's Python, such as 3.11; empty when there is none that works."""
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    environ = os.environ | {"PYTHONPATH": ""}
    try:
        said = subprocess.run([PYTHON, "-S", "-c", probe], capture_output=True, text=True, check=True, env=environ)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()
