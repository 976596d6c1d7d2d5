"""The road of a change on GitHub: worked on, opened, reviewed there, sent back, approved here, merged there."""

from pathlib import Path

from loom_app.beads.models import BeadStatus
from loom_app.config import GitHubSites
from tests.support.git_repository import shown, subjects
from tests.support.github import GitHubStandIn
from tests.support.workshop import PROJECT, Workshop, acts, done, until, write


async def test_reviewed_on_github_and_merged_there_once_it_is_approved_here(workshop: Workshop, tmp_path: Path) -> None:
    with GitHubStandIn(tmp_path / "github", workshop.origin) as hub:
        here = f"/api/v1/projects/{PROJECT}"
        wanted = {"git_repo": hub.clone_url, "git_strategy": "branch-pr", "merge_method": "merge"}
        assert (await workshop.http.patch(here, json=wanted)).status_code == 200
        assert (await workshop.http.put(f"{here}/git-login", json={"secret": hub.token})).status_code == 200
        await workshop.staff("qa-engineer")
        bead_id = await workshop.bead("Less flour")
        again = acts(write("flour.txt", "400 g\n"), done("As you say."))
        await workshop.say(bead_id, acts(write("flour.txt", "450 g\n"), done()), again)
        sites = GitHubSites(enterprise=[hub.api], poll_seconds=1)
        async with workshop.run_worker(workshop.settings.model_copy(update={"github": sites})):

            async def is_open() -> bool:
                listed = (await workshop.http.get("/api/v1/pull-requests", params={"bead_id": bead_id})).json()
                return bool(listed) and listed[0]["number"] == 1

            await until(is_open)
            hub.review(1, "CHANGES_REQUESTED", "Even less.")
            await workshop.until_ended(bead_id, 2)
            await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
            _, second = await workshop.runs(bead_id)
            assert "Even less." in (await workshop.detail(second.id))["turns"][0]["prompt"]
            said = {"verdict": "approve", "commit": second.commit_hash}
            approved = await workshop.http.post(f"/api/v1/runs/{second.id}/review", json=said)
            assert approved.status_code == 200, approved.text
            await workshop.until_bead(bead_id)
        assert shown(hub.bare, "flour.txt") == "400 g\n"
        assert list(hub.pulls) == [1]
        assert "Less flour" in subjects(hub.bare)
        assert hub.authorizations == {f"Bearer {hub.token}"}
