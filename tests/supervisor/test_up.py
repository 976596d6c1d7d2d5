"""`loom up` refuses to start with one clear sentence."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from loom_app.config import load
from loom_app.kernel.errors import Unavailable
from loom_app.supervisor import loom, preflight
from loom_app.supervisor.places import ROOT


def up(data_dir: Path, **settings: object) -> tuple[int, str]:
    """Runs `loom up` and returns its exit code and what it says on stderr."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
    environ |= {"LOOM_DATA_DIR": str(data_dir)} | {name: str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "loom_app.cli", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr.strip()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_data_directory_has_one_loom(tmp_path: Path) -> None:
    with preflight.lock(tmp_path):
        assert up(tmp_path) == (
            1,
            f"Loom is already running on {tmp_path} (process {os.getpid()}). "
            "Stop it first, or give this one a folder of its own with LOOM_DATA_DIR (and other ports).",
        )


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    preflight.lock(tmp_path).close()
    preflight.lock(tmp_path).close()

    assert (tmp_path / "loom.lock").read_text() == str(os.getpid())


@pytest.mark.parametrize(
    ("variable", "who"),
    [
        ("LOOM_API__PORT", "the web application"),
        ("LOOM_TEMPORAL__PORT", "temporal"),
        ("LOOM_TEMPORAL__UI_PORT", "temporal's own pages"),
    ],
)
def test_a_taken_port_is_named_with_who_holds_it(tmp_path: Path, taken: int, variable: str, who: str) -> None:
    free = {name: free_port() for name in ("LOOM_API__PORT", "LOOM_TEMPORAL__PORT", "LOOM_TEMPORAL__UI_PORT")}

    status, said = up(tmp_path, **(free | {variable: taken}))

    assert status == 1
    assert said.startswith(f"Port {taken}, which {who} needs, is taken by ")
    assert f"(process {os.getpid()}). Stop that program, or choose another port: {variable}=" in said


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    status, said = up(tmp_path, LOOM_API__HOST="192.0.2.1")

    assert status == 1
    assert said.startswith("The web application cannot listen at 192.0.2.1:8080: ")
    assert said.endswith("Choose an address of this machine: LOOM_API__HOST=127.0.0.1.")


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    status, said = up(tmp_path / "file" / "data")

    assert status == 1
    assert said == (
        f"Loom keeps its data in {tmp_path}/file/data, which cannot be written (Not a directory). "
        "Give yourself the right to write there, or name another folder with LOOM_DATA_DIR."
    )


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))

    with pytest.raises(Unavailable, match=f"The disk of {tmp_path} is full: Loom needs 200 MB free to start"):
        preflight.data_dir(tmp_path)


def test_pages_that_were_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "PAGES", tmp_path / "client")

    with pytest.raises(Unavailable, match=r"The pages are not built: .* Run `make build` in"):
        preflight.pages()


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    status, said = up(tmp_path, LOOM_API__PROT="1")

    assert status == 1
    assert "LOOM_API__PROT is not a setting; did you mean LOOM_API__PORT" in said


def test_temporal_elsewhere_means_none_here(tmp_path: Path) -> None:
    here = load({"LOOM_DATA_DIR": str(tmp_path)})
    elsewhere = load({"LOOM_DATA_DIR": str(tmp_path), "LOOM_TEMPORAL__ADDRESS": "temporal.example:7233"})

    assert [program.name for program in loom.programs(here)] == ["temporal", "web", "worker", "demo"]
    assert [program.name for program in loom.programs(elsewhere)] == ["web", "worker", "demo"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
