"""`loom demo` without a running server."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def loom_demo(data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command on a data directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
    return subprocess.run(
        [sys.executable, "-m", "loom_app.cli", "demo"], cwd=ROOT, env=kept | {"LOOM_DATA_DIR": str(data_dir)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_it_makes_the_demo_and_says_what_comes_next(tmp_path: Path) -> None:
    for _ in range(2):
        done = loom_demo(tmp_path / "data")
        assert done.returncode == 0, done.stderr
        assert "project 'demo' with eight beads and a team of 4" in done.stdout
        assert "Its model starts with Loom" in done.stdout
    assert (tmp_path / "data" / "demo" / "enabled").exists()
    assert (tmp_path / "data" / "projects" / "demo" / "repo" / "README.md").exists()


def test_what_stands_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data" / "projects").mkdir(parents=True)
    (tmp_path / "data" / "projects" / "demo").write_text("a file where a folder should be")
    done = loom_demo(tmp_path / "data")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
