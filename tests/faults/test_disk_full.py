"""A disk that fills up while Loom runs: what was accepted is kept, and work goes on when there is room again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import LIMITS, PROJECT, furnished
from tests.support.git_repository import subjects
from tests.support.provider_process import ProviderProcess
from tests.support.system import System
from tests.support.workshop import acts, done, write

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 320 MB, where this user may have one mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(folder)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    with ProviderProcess() as model:
        env = {**LIMITS, "LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "test-model"}
        with System(small_disk / "data", env) as system:
            kitchen = furnished(system, model, tmp_path)
            accepted = [kitchen.desk.bead(PROJECT, "Before", defer_until="2099-01-01T00:00:00Z")]
            _fill(small_disk / "filling")
            refused = None
            while refused is None:
                answer = _try(kitchen.desk.http)
                if answer.status_code == 201:
                    accepted.append(answer.json()["id"])
                else:
                    refused = answer
            assert refused.status_code in (500, 503, 507)
            assert "detail" in refused.json()
            (small_disk / "filling").unlink()
            bead_id = kitchen.bead("Afterwards", acts(write("after.txt", "room\n"), done()))
            kitchen.desk.until_bead(bead_id, seconds=90)
            kept = {bead["id"] for bead in kitchen.desk.get("/beads", limit=200)}
            assert set(accepted) <= kept
            assert subjects(kitchen.origin).count("Afterwards") == 1


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65_536))
        except OSError:
            return


def _try(http: httpx.Client) -> httpx.Response:
    body = {
        "project_id": PROJECT,
        "title": "While full",
        "description": "x" * 50_000,
        "defer_until": "2099-01-01T00:00:00Z",
    }
    return http.post("/api/v1/beads", json=body)
