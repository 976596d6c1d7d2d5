"""The virtual environment with exactly the packages of the lock file, and the `loom` command in it."""

import ast
import contextlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from scripts.installer.failure import SetupFailed
from scripts.installer.places import PINS, PYTHON, ROOT, VENV, fingerprint, remove, venv_version
from scripts.installer.progress import Progress, run

UNFINISHED = VENV / ".unfinished"
COMMAND = VENV / "bin" / "loom"
FOR_UV = {
    "index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE", "no-index": "UV_NO_INDEX", "trusted-host": "UV_INSECURE_HOST",
}  # fmt: skip
"""pip's settings, which people have, and the variables that say the same to uv."""


def lock_file(kind: str) -> Path:
    """`run` (what Loom needs), `dev` (that and what checking it needs) or `llm` (a model server for tests)."""
    return ROOT / {"run": "requirements.txt", "dev": "requirements-dev.txt", "llm": "requirements-llm.txt"}[kind]


def marker(kind: str) -> Path:
    """Holds the fingerprint of the packages that are installed."""
    return VENV / f".installed-{kind}"


def state(kind: str) -> str:
    """What the packages of `kind` were made from; a moved clone or another Python counts as different."""
    version = "" if UNFINISHED.exists() or not COMMAND.exists() else venv_version()
    return fingerprint(
        [lock_file(kind), PINS / "uv.txt", ROOT / "scripts" / "installer" / "python_env.py"], version, str(ROOT)
    )


def build(kind: str, progress: Progress) -> None:
    """Makes the environment where it is missing or broken, then installs. A first attempt that fails leaves nothing."""
    fresh = UNFINISHED.exists() or not venv_version()
    try:
        if fresh:
            remove(VENV)
            _create(progress)
        _install(kind, progress)
        _link()
    except BaseException:
        if fresh:
            remove(VENV)
        raise
    UNFINISHED.unlink(missing_ok=True)
    if kind == "dev":
        marker("run").write_text(state("run"))


def _create(progress: Progress) -> None:
    if not importlib.util.find_spec("ensurepip") or not importlib.util.find_spec("venv"):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupFailed(
            f"{sys.executable} cannot make virtual environments: its venv module or ensurepip is missing. "
            f"Install it (Debian, Ubuntu: apt install python{version}-venv) and run make again."
        )
    VENV.mkdir()
    UNFINISHED.touch()
    run("Making the virtual environment", [sys.executable, "-m", "venv", VENV], progress)


def _install(kind: str, progress: Progress) -> None:
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--require-hashes",
    ]
    run("Installing uv", [*pip, "-r", PINS / "uv.txt"], progress)
    uv: list[str | Path] = [
        VENV / "bin" / "uv",
        "pip",
        "install",
        "--python",
        PYTHON,
        "--require-hashes",
        "--compile-bytecode",
    ]
    run("Installing the Python packages", [*uv, "-r", lock_file(kind)], progress, env=uv_environment())


def uv_environment() -> dict[str, str]:
    """The environment in which uv takes packages from where this machine's pip would."""
    environ = dict(os.environ) | {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    for key, value in pip_settings().items():
        if key in FOR_UV and value and FOR_UV[key] not in environ and not (key == "find-links" and _missing(value)):
            environ[FOR_UV[key]] = value
    return environ


def pip_settings() -> dict[str, str]:
    """pip's configuration by bare key (`index-url`): files first, PIP_* variables last, the later winning."""
    python = PYTHON if PYTHON.exists() else Path(sys.executable)
    said = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    found = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        scope, _, key = name.rpartition(".")
        if scope in ("global", "install", ":env:"):
            with contextlib.suppress(ValueError, SyntaxError):
                found[key] = str(ast.literal_eval(value)).strip()
    return found


def _missing(places: str) -> bool:
    return any("://" not in place and not Path(place).exists() for place in places.split())


def _link() -> None:
    """Puts the clone on the environment's path, and a command `loom` beside its Python."""
    said = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    (Path(said.stdout.strip()) / "loom.pth").write_text(f"{ROOT}\n")
    COMMAND.write_text(f'#!/bin/sh\nexec "{PYTHON}" -P -m loom_app.cli "$@"\n')
    COMMAND.chmod(0o755)
