"""A bootstrap over the deaths of every process: it goes on where it was, and nothing is there twice."""

from pathlib import Path

import pytest

from tests.faults.conftest import Kitchen
from tests.support.git_repository import git, subjects
from tests.support.sshd import SshServer
from tests.support.waiting import until

pytestmark = pytest.mark.faults
PRD = "# Potluck\n\n- Guests sign up\n"


def test_worker_temporal_and_web_die_while_it_waits_for_its_key(
    kitchen: Kitchen, sshd: SshServer, tmp_path: Path
) -> None:
    bare = tmp_path / "potluck.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", bare.name)
    wanted = {"name": "Potluck", "github_url": sshd.address(bare), "prd_text": PRD}
    begun = kitchen.desk.post("/projects/bootstrap", wanted)
    until(lambda: kitchen.desk.get("/projects/potluck/bootstrap")["status"] == "waiting", 30)
    for process in ("worker", "temporal", "web"):
        kitchen.system.kill(process)
    until(kitchen.system.answers, 60)
    sshd.allow(begun["public_key"])
    kitchen.desk.post("/projects/potluck/bootstrap/retry")
    kitchen.system.kill("worker")
    until(lambda: kitchen.desk.get("/projects/potluck/bootstrap")["status"] == "ready", 90)
    assert kitchen.desk.get("/projects/potluck/bootstrap")["attempt"] == 1
    assert subjects(bare).count("Begin Potluck from its PRD") == 1
    beads = kitchen.desk.get("/beads", project_id="potluck")
    assert sum(bead["title"].startswith("[Bootstrap]") for bead in beads) == 1
    roles = [agent["role"] for agent in kitchen.desk.get("/agents", project_id="potluck")]
    assert len(roles) == len(set(roles)) > 3
