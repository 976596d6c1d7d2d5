"""The sample project: red at first, eight beads in a graph worth watching."""

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from loom_app.demo.script import SAMPLE, bead_ids
from tests.demo.workspace import Workspace, ancestors, blockers, sample_beads

BEADS = sample_beads()


def test_the_suite_is_red_at_first_for_reasons_one_can_read(tmp_path: Path) -> None:
    result = Workspace.fresh(tmp_path / "potluck").tests()
    assert not result.ok
    failed = re.search(r"FAILED \((?:failures=(\d+))?(?:, )?(?:errors=(\d+))?\)", result.output)
    assert failed is not None
    assert int(failed[1]) >= 8
    assert "Ran 52 tests" in result.output
    assert "AssertionError: Fraction(1, 2) != Fraction(3, 2)" in result.output


def test_each_of_the_eight_beads_has_a_play() -> None:
    assert len(BEADS) == 8
    assert set(BEADS) == bead_ids()
    assert all(re.fullmatch(r"demo-[a-z0-9]{4}", bead_id) for bead_id in BEADS)


def test_the_file_is_sorted_and_written_as_bd_writes_it() -> None:
    text = (SAMPLE / ".beads" / "issues.jsonl").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert not set("<>&") & set(text)
    assert list(BEADS) == sorted(BEADS)


def test_beads_are_written_as_an_engineer_would() -> None:
    for bead in BEADS.values():
        assert bead["status"] == "open"
        assert 0 <= bead["priority"] <= 4
        assert 10 < len(bead["title"]) < 60
        assert len(bead["description"]) > 100
        assert "python3 -m unittest" in bead["acceptance_criteria"]
        assert bead["labels"]
        assert datetime.fromisoformat(bead["created_at"]) <= datetime.fromisoformat(bead["updated_at"])
    assert {bead["issue_type"] for bead in BEADS.values()} == {"bug", "feature", "task"}
    assert len({bead["priority"] for bead in BEADS.values()}) >= 3


def test_the_graph_goes_in_waves() -> None:
    level = dict.fromkeys(BEADS, 0)
    for bead_id in sorted(BEADS, key=lambda bead_id: len(ancestors(bead_id))):
        level[bead_id] = 1 + max((level[blocker] for blocker in blockers(bead_id)), default=-1)
    waves = [sum(depth == wave for depth in level.values()) for wave in range(4)]
    assert waves == [3, 2, 2, 1]


def test_edges_are_complete_and_point_at_beads_of_the_file() -> None:
    edges = [edge for bead in BEADS.values() for edge in bead.get("dependencies", [])]
    assert all(edge["type"] == "blocks" for edge in edges)
    assert all(edge["depends_on_id"] in BEADS and edge["created_at"] for edge in edges)
    for bead_id, bead in BEADS.items():
        assert all(edge["issue_id"] == bead_id for edge in bead.get("dependencies", []))


def test_the_sample_runs_on_every_python_since_3_9() -> None:
    sources = [str(path) for path in SAMPLE.rglob("*.py")]
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--target-version",
        "py39",
        "--select",
        "E9,F,FA102",
        *sources,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    future = "from __future__ import annotations"
    lacking = [path.name for path in SAMPLE.glob("potluck/*.py") if future not in path.read_text(encoding="utf-8")]
    assert lacking == ["__init__.py"]
