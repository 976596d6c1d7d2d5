"""A project whose repository has files, branches and things that are hard to show."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.support import git_repository as repo

HERE = "/api/v1/projects/kitchen"


@dataclass
class Kitchen:
    """The client, the repository people push to, and Loom's copy."""

    http: AsyncClient
    origin: Path
    copy: Path


@pytest.fixture
async def kitchen(client: AsyncClient, tmp_path: Path) -> Kitchen:
    """A project that has been fetched once."""
    work = repo.made(
        tmp_path / "work",
        {
            "README.md": "# Kitchen\n\nSalt and pepper.\n",
            "soups/leek.md": "leek\npotato\nsalt\n",
            "soups/cold/gazpacho.md": "tomato\n",
            "Brühe für 2.md": "Knochen\n",
            "big.txt": "x" * 1_000_001,
            "[odd]*.txt": "salt\n",
        },
    )
    (work / "photo.png").write_bytes(b"\x89PNG\r\n\0\0salt")
    (work / "latin.txt").write_bytes(b"cr\xe8me\n")
    (work / "out").symlink_to("/etc/passwd")
    (work / "up").symlink_to("..")
    repo.git(work, "add", "-A")
    repo.git(work, "commit", "-q", "-m", "Pictures", "-m", "Bead: kitchen-1\nAgent: agent-1\nRun: run-1")
    repo.git(work, "branch", "agent/kitchen-1/soup")
    repo.git(work, "checkout", "-q", "-b", "agent/kitchen-2/stew")
    (work / "stew.md").write_text("beef\n")
    repo.git(work, "add", "-A")
    repo.git(work, "commit", "-q", "-m", "Stew")
    repo.git(work, "checkout", "-q", "main")
    origin = tmp_path / "origin.git"
    repo.git(tmp_path, "clone", "-q", "--bare", str(work), str(origin))
    draft = {"id": "kitchen", "name": "Kitchen", "git_repo": str(origin), "beads_sync": "off"}
    made = await client.post("/api/v1/projects", json=draft)
    synced = await client.post("/api/v1/projects/git/sync?project_id=kitchen")
    assert synced.status_code == 200, synced.text
    return Kitchen(client, origin, Path(made.json()["work_dir"]))
