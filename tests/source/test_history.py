"""Commits and branches over REST."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from loom_app.kernel.database import Database
from loom_app.runs.models import Run, RunStatus
from tests.source.conftest import HERE, Kitchen
from tests.support import git_repository as repo
from tests.support import people, rows


async def test_commits_with_what_their_trailers_name(kitchen: Kitchen) -> None:
    answer = await kitchen.http.get(f"{HERE}/commits")
    pictures, first = answer.json()
    assert (pictures["subject"], first["subject"]) == ("Pictures", "The recipe so far")
    assert (pictures["bead_id"], pictures["agent_id"], pictures["run_id"]) == ("kitchen-1", "agent-1", "run-1")
    assert (first["bead_id"], first["parents"], pictures["parents"]) == (None, [], [first["sha"]])
    assert answer.headers["X-Total-Count"] == "2"
    page = await kitchen.http.get(f"{HERE}/commits", params={"limit": 1, "before": pictures["sha"]})
    assert [one["sha"] for one in page.json()] == [first["sha"]]
    only = (await kitchen.http.get(f"{HERE}/commits", params={"path": "soups"})).json()
    assert [one["subject"] for one in only] == ["The recipe so far"]
    gone = await kitchen.http.get(f"{HERE}/commits", params={"before": "abcd"})
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_commit")
    assert (await kitchen.http.get(f"{HERE}/commits", params={"ref": "nowhere"})).json()["code"] == "no_such_ref"


async def test_a_commit_with_its_change(kitchen: Kitchen) -> None:
    stew = (await kitchen.http.get(f"{HERE}/commits", params={"ref": "agent/kitchen-2/stew"})).json()[0]
    shown = (await kitchen.http.get(f"{HERE}/commits/{stew['sha'][:10]}")).json()
    assert "+beef" in shown["diff"]
    assert shown["files"] == [{"path": "stew.md", "added": 1, "removed": 0}]
    first = (await kitchen.http.get(f"{HERE}/commits")).json()[0]
    pictures = (await kitchen.http.get(f"{HERE}/commits/{first['sha']}")).json()
    assert {"path": "photo.png", "added": None, "removed": None} in pictures["files"]
    assert (await kitchen.http.get(f"{HERE}/commits/--help")).json()["code"] == "bad_ref"
    assert (await kitchen.http.get(f"{HERE}/commits/{'0' * 40}")).json()["code"] == "no_such_ref"


async def test_a_merge_is_shown_against_its_first_parent(kitchen: Kitchen) -> None:
    repo.git(kitchen.copy, "commit", "-q", "--allow-empty", "-m", "Meanwhile")
    repo.git(kitchen.copy, "merge", "-q", "--no-ff", "-m", "Both", "origin/agent/kitchen-2/stew")
    both, *_ = (await kitchen.http.get(f"{HERE}/commits")).json()
    assert len(both["parents"]) == 2
    shown = (await kitchen.http.get(f"{HERE}/commits/{both['sha']}")).json()
    assert ([one["path"] for one in shown["files"]], "+beef" in shown["diff"]) == (["stew.md"], True)


async def test_branches_and_whose_they_are(kitchen: Kitchen, db: Database) -> None:
    agent_id = await rows.agent(db)
    await rows.bead(db, "kitchen-2")
    async with db.write() as tx:
        tx.add(
            Run(
                id="run-2", project_id="kitchen", bead_id="kitchen-2", agent_id=agent_id, provider_id="m", model="m",
                token=1, branch="agent/kitchen-2/stew", status=RunStatus.RUNNING,
            )
        )  # fmt: skip
    answer = await kitchen.http.get(f"{HERE}/branches")
    shown = {one["name"]: one for one in answer.json()}
    assert set(shown) == {"main", "agent/kitchen-1/soup", "agent/kitchen-2/stew"}
    stew, main = shown["agent/kitchen-2/stew"], shown["main"]
    assert (stew["ahead"], stew["behind"], stew["merged"], stew["bead_id"], stew["in_use"]) == (
        1, 0, False, "kitchen-2", True,
    )  # fmt: skip
    assert (main["is_default"], main["here"], main["at_origin"], stew["here"]) == (True, True, True, False)
    held = await kitchen.http.delete(f"{HERE}/branches/agent/kitchen-2/stew?force=true")
    assert held.json()["code"] == "branch_in_use"


async def test_a_branch_goes_when_nothing_is_lost_by_it(kitchen: Kitchen, app: FastAPI) -> None:
    assert (await kitchen.http.delete(f"{HERE}/branches/agent/kitchen-1/soup")).status_code == 204
    left = await kitchen.http.delete(f"{HERE}/branches/agent/kitchen-2/stew")
    assert (left.status_code, left.json()["code"], left.json()["ahead"]) == (409, "branch_not_merged", 1)
    async with people.signed_in(app, "user", "alice", sees=["kitchen"]) as alice:
        forced = await alice.delete(f"{HERE}/branches/agent/kitchen-2/stew?force=true")
        assert (forced.status_code, forced.json()["code"]) == (403, "permission_missing")
    assert (await kitchen.http.delete(f"{HERE}/branches/agent/kitchen-2/stew?force=true")).status_code == 204
    assert repo.git(kitchen.origin, "branch", "--format=%(refname:short)").split() == ["main"]
    for name, code in (("main", "branch_not_ours"), ("agent/x", "no_such_branch"), ("-D", "bad_branch")):
        assert (await kitchen.http.delete(f"{HERE}/branches/{name}")).json()["code"] == code


async def test_fetching_committing_and_pushing(kitchen: Kitchen, tmp_path: Path) -> None:
    repo.git(tmp_path / "work", "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    repo.git(tmp_path / "work", "push", "-q", str(kitchen.origin), "main")
    git = "/api/v1/projects/git"
    synced = (await kitchen.http.post(f"{git}/sync?project_id=kitchen")).json()
    assert (synced["success"], synced["message"]) == (True, "")
    assert synced["last_commit_hash"] == repo.git(kitchen.origin, "rev-parse", "main").strip()
    nothing = await kitchen.http.post(f"{git}/commit?project_id=kitchen", json={"message": "x"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_commit")
    (kitchen.copy / "note.md").write_text("thyme\n")
    assert (await kitchen.http.get(f"{git}/status?project_id=kitchen")).json()["changed"] == ["note.md"]
    author = {"message": "Thyme", "author_name": "Alice", "author_email": "alice@example.invalid"}
    done = (await kitchen.http.post(f"{git}/commit?project_id=kitchen", json=author)).json()
    status = (await kitchen.http.get(f"{git}/status?project_id=kitchen")).json()
    assert (status["undelivered"], status["last_commit_hash"]) == (True, done["last_commit_hash"])
    assert (status["has_git"], status["branch"], status["git_auth_method"]) == (True, "main", "none")
    assert (await kitchen.http.post(f"{git}/push?project_id=kitchen")).json()["success"] is True
    assert repo.git(kitchen.origin, "log", "-1", "--format=%an %s", "main").strip() == "Alice Thyme"


async def test_an_origin_that_is_gone_leaves_what_is_there(kitchen: Kitchen) -> None:
    kitchen.origin.rename(kitchen.origin.with_suffix(".away"))
    git = "/api/v1/projects/git"
    synced = await kitchen.http.post(f"{git}/sync?project_id=kitchen")
    assert synced.status_code == 200
    assert "last copy" in synced.json()["message"]
    assert (await kitchen.http.get(f"{HERE}/state")).json()["readiness_ok"] is False
    assert (await kitchen.http.get(f"{HERE}/files/read?path=README.md")).status_code == 200
    (kitchen.copy / "note.md").write_text("thyme\n")
    await kitchen.http.post(f"{git}/commit?project_id=kitchen", json={"message": "Thyme"})
    pushed = await kitchen.http.post(f"{git}/push?project_id=kitchen")
    assert (pushed.status_code, pushed.json()["code"]) == (502, "push_failed")
    assert repo.subjects(kitchen.copy)[-1] == "Thyme", "the commit waits here"


@pytest.mark.parametrize("path", ["sync", "push"])
async def test_of_other_projects_nothing_is_known(kitchen: Kitchen, app: FastAPI, path: str) -> None:
    async with people.signed_in(app, "user", "bob") as bob:
        answer = await bob.post(f"/api/v1/projects/git/{path}?project_id=kitchen")
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
