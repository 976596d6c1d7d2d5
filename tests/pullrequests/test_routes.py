"""A project's token for GitHub and its pull requests over REST."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from loom_app.api.app import create_api, running
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.pullrequests.scene import Scene
from tests.support import people
from tests.support.github import GitHubStandIn

P = "/api/v1/projects/p"


@pytest.fixture
async def rest(db: Database, here: Settings, vault: Vault) -> AsyncIterator[AsyncClient]:
    """An administrator at a Loom that knows that GitHub."""
    app = create_api(here, db, vault)
    async with running(app), people.signed_in(app, "admin") as client:
        yield client


async def test_from_no_token_to_one_that_works(rest: AsyncClient, hub: GitHubStandIn) -> None:
    made = {"id": "p", "name": "Peas", "git_repo": "https://gitlab.example/acme/shop"}
    assert (await rest.post("/api/v1/projects", json=made)).json()["merge_method"] == "squash"

    async def stands() -> tuple[bool, str, str]:
        shown = (await rest.get(f"{P}/github")).json()
        return shown["ready"], shown["code"], shown["token_from"]

    assert await stands() == (False, "not_on_github", "none")
    assert (await rest.put(f"{P}/github-token", json={"token": "x"})).status_code == 400
    assert (await rest.post(f"{P}/github-check")).json()["code"] == "not_on_github"
    changed = await rest.patch(P, json={"git_repo": hub.clone_url, "merge_method": "rebase"})
    assert changed.json()["merge_method"] == "rebase", changed.text
    assert await stands() == (False, "strategy_direct", "none")
    await rest.patch(P, json={"git_strategy": "branch-pr"})
    assert await stands() == (False, "github_no_token", "none")
    assert (await rest.post(f"{P}/github-check")).json()["code"] == "github_no_token"

    assert (await rest.put(f"{P}/git-login", json={"secret": hub.token})).status_code == 200
    assert await stands() == (True, "", "git-login")
    set_ = await rest.put(f"{P}/github-token", json={"token": "wrong-one"})
    assert (set_.json()["token_from"], set_.json()["set_by"]) == ("token", "admin")
    assert (await rest.post(f"{P}/github-check")).json()["code"] == "github_bad_token"
    await rest.put(f"{P}/github-token", json={"token": hub.token})
    found = (await rest.post(f"{P}/github-check")).json()
    assert (found["code"], found["may_push"], found["merge_methods"]) == ("", True, ["merge", "squash", "rebase"])
    hub.methods = {"squash"}
    assert "does not allow the merge method 'rebase'" in (await rest.post(f"{P}/github-check")).json()["message"]
    hub.may_push = False
    assert (await rest.post(f"{P}/github-check")).json()["code"] == "github_forbidden"

    for token in ("", "a b", "grüße", "x" * 1001, None):
        assert (await rest.put(f"{P}/github-token", json={"token": token})).status_code == 422
    assert (await rest.delete(f"{P}/github-token")).status_code == 204
    assert (await rest.delete(f"{P}/github-token")).json()["code"] == "github_token_not_found"
    assert await stands() == (True, "", "git-login")
    told = (await rest.get("/api/v1/events", params={"project_id": "p", "limit": 100})).text
    assert "project.github_token_set" in told
    assert hub.token not in told
    assert (await rest.patch(P, json={"merge_method": "octopus"})).status_code == 422


async def test_pull_requests_are_listed_found_and_looked_at_again(rest: AsyncClient, scene: Scene) -> None:
    await scene.round()
    (listed,) = (await rest.get("/api/v1/pull-requests", params={"status": "open"})).json()
    run_id = scene.stage.run_id
    for asked in ({"run_id": run_id}, {"bead_id": scene.stage.bead_id}, {"project_id": "kitchen"}):
        assert [one["id"] for one in (await rest.get("/api/v1/pull-requests", params=asked)).json()] == [listed["id"]]
    assert (listed["number"], listed["status"], listed["run_id"]) == (1, "open", run_id)
    assert (await rest.get("/api/v1/pull-requests", params={"run_id": "run-x"})).status_code == 404
    assert (await rest.get("/api/v1/pull-requests", params={"status": "odd"})).status_code == 422
    here = f"/api/v1/pull-requests/{listed['id']}"
    assert (await rest.get(here)).json() == listed
    assert (await rest.get(f"{here}x")).json()["code"] == "pull_request_not_found"
    assert (await rest.post(f"{here}/look")).status_code == 202
    scene.hub.merge(1)
    await scene.round()
    assert (await rest.post(f"{here}/look")).json()["code"] == "pull_over"
