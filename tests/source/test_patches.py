"""Patches by hand: committed as the person, delivered, all or nothing."""

from typing import Any

import pytest

from loom_app.config import Settings
from loom_app.git.turns import in_turn
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.source import landing
from tests.source.conftest import HERE, Kitchen
from tests.support import git_repository as repo

LEEK = """--- a/soups/leek.md
+++ b/soups/leek.md
@@ -1,3 +1,3 @@
 leek
-potato
+carrot
 salt
"""
NEW = "--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+thyme\n"


async def patched(kitchen: Kitchen, patch: str, query: str = "", **more: str) -> tuple[int, dict[str, object]]:
    answer = await kitchen.http.post(f"{HERE}/files/patch{query}", json={"patch": patch, **more})
    return answer.status_code, answer.json()


async def the_one(kitchen: Kitchen, patch_id: object) -> dict[str, Any]:
    found: dict[str, Any] = (await kitchen.http.get(f"{HERE}/files/patches/{patch_id}")).json()
    return found


def traces(kitchen: Kitchen) -> tuple[str, str, int]:
    """What a patch that did not land may have left: changed files, branches, worktrees."""
    return (
        repo.git(kitchen.copy, "status", "--porcelain"),
        repo.git(kitchen.copy, "branch", "--list", "person/*"),
        repo.git(kitchen.copy, "worktree", "list").count("\n"),
    )


NO_TRACES = ("", "", 1)


async def test_a_patch_becomes_a_commit_of_the_person_at_the_origin(kitchen: Kitchen) -> None:
    status, done = await patched(kitchen, LEEK, message="Carrots instead")
    assert (status, done["applied"], done["delivered"], done["branch"]) == (200, True, True, "main")
    assert repo.git(kitchen.origin, "log", "-1", "--format=%an|%s|%H", "main").strip() == (
        f"admin|Carrots instead|{done['commit']}"
    )
    assert "carrot" in (await kitchen.http.get(f"{HERE}/files/read?path=soups/leek.md")).json()["content"]
    status, again = await patched(kitchen, LEEK)
    assert (status, again["code"]) == (409, "patch_failed")
    assert "Nothing was changed" in str(again["error"])


async def test_half_a_patch_is_none(kitchen: Kitchen) -> None:
    before = repo.git(kitchen.copy, "rev-parse", "main")
    both = LEEK + LEEK.replace("soups/leek.md", "README.md")
    assert (await patched(kitchen, both))[0] == 409
    assert repo.git(kitchen.copy, "rev-parse", "main") == before
    assert traces(kitchen) == NO_TRACES


@pytest.mark.parametrize(
    "path", ["b/../out.md", "/tmp/out.md", "b/.git/hooks/post-checkout", "b/up/out.md", "b/a/../../x"]
)
async def test_a_patch_stays_inside(kitchen: Kitchen, path: str) -> None:
    status, refused = await patched(kitchen, NEW.format(path=path))
    assert status in (400, 403, 404), refused
    assert not (kitchen.copy.parent / "out.md").exists()


@pytest.mark.parametrize("patch", ["nothing", "GIT binary patch\n", "--- a/x\n+++ b/x\n", "\n"])
async def test_what_is_no_patch_is_refused(kitchen: Kitchen, patch: str) -> None:
    assert (await patched(kitchen, patch))[0] in (400, 409, 422)


async def test_no_hand_commits_a_secret(kitchen: Kitchen) -> None:
    key = "ghp_" + "".join(chr(65 + (7 * place) % 26) if place % 3 else str(place % 10) for place in range(36))
    status, refused = await patched(kitchen, NEW.format(path="b/herbs.md").replace("thyme", f"token = '{key}'"))
    assert (status, refused["code"]) == (400, "secret_in_commit")
    assert key not in str(refused)
    (kitchen.copy / "note.md").write_text(f"token = '{key}'\n")
    answer = await kitchen.http.post("/api/v1/projects/git/commit?project_id=kitchen", json={"message": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "secret_in_commit")
    assert repo.git(kitchen.copy, "status", "--porcelain").split() == ["??", "note.md"]


async def test_for_review_it_waits_on_a_branch_of_its_own(kitchen: Kitchen) -> None:
    await kitchen.http.patch(HERE, json={"git_strategy": "branch-pr"})
    status, done = await patched(kitchen, NEW.format(path="b/herbs.md"))
    assert (status, str(done["branch"])[:13]) == (200, "person/patch-")
    assert repo.shown(kitchen.origin, "herbs.md", str(done["branch"])) == "thyme\n"
    assert repo.subjects(kitchen.origin)[-1] == "Pictures"
    [theirs] = [one for one in (await kitchen.http.get(f"{HERE}/branches")).json() if one["name"] == done["branch"]]
    assert (theirs["ahead"], theirs["at_origin"]) == (1, True)


async def test_a_closed_project_takes_no_patch(kitchen: Kitchen) -> None:
    assert (await kitchen.http.post(f"{HERE}/close")).status_code == 200
    status, refused = await patched(kitchen, LEEK)
    assert (status, refused["code"]) == (409, "project_closed")


async def test_red_tests_keep_a_patch_out_and_say_so_to_a_person(kitchen: Kitchen) -> None:
    tests = "grep -q potato soups/leek.md || { echo 'no potato'; exit 3; }"
    await kitchen.http.patch(HERE, json={"test_command": tests})
    before = repo.git(kitchen.copy, "rev-parse", "main")
    status, refused = await patched(kitchen, LEEK)
    assert (status, refused["code"]) == (400, "tests_red")
    assert "no potato" in str(refused["error"])
    assert "make the patch anew" in str(refused["error"])
    assert "done again" not in str(refused["error"])
    assert (repo.git(kitchen.copy, "rev-parse", "main"), traces(kitchen)) == (before, NO_TRACES)
    [kept] = (await kitchen.http.get(f"{HERE}/files/patches")).json()
    assert (kept["status"], kept["code"], kept["applied"], kept["commit"]) == ("refused", "tests_red", False, "")
    assert (await patched(kitchen, NEW.format(path="b/herbs.md")))[0] == 200


async def test_a_patch_that_takes_long_is_an_address_to_look_at(
    kitchen: Kitchen, db: Database, settings: Settings
) -> None:
    """It waits for whoever lands before it, and lands when its turn comes though nobody waits for the answer."""
    async with landing_queue(kitchen):
        answer = await kitchen.http.post(f"{HERE}/files/patch?wait=0.2", json={"patch": LEEK, "message": "Carrots"})
        waiting = answer.json()
        assert (answer.status_code, waiting["status"], waiting["applied"]) == (202, "waiting", False)
        assert answer.headers["Location"] == f"{HERE}/files/patches/{waiting['patch_id']}"
        assert (await the_one(kitchen, waiting["patch_id"]))["status"] == "waiting"
        assert traces(kitchen) == NO_TRACES
    await landing.land(db, settings, waiting["patch_id"])
    landed = await the_one(kitchen, waiting["patch_id"])
    assert (landed["status"], landed["applied"], landed["delivered"]) == ("landed", True, True)
    assert repo.subjects(kitchen.origin)[-1] == "Carrots"
    await landing.land(db, settings, waiting["patch_id"])
    assert repo.subjects(kitchen.origin).count("Carrots") == 1


async def test_a_patch_whose_process_died_lands_once(kitchen: Kitchen, db: Database, settings: Settings) -> None:
    """Both where it had only been applied and where it stood on the branch but nobody had noted that."""
    status, asked = await patched(kitchen, LEEK, "?wait=0", message="Carrots")
    assert status == 202
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loom_app.source.landing._note", _dies)
        patch.setattr("loom_app.source.landing._clear", _leaves)
        with pytest.raises(OSError, match="gone"):
            await landing.land(db, settings, str(asked["patch_id"]))
    assert repo.subjects(kitchen.origin)[-1] == "Carrots"
    await landing.land(db, settings, str(asked["patch_id"]))
    landed = await the_one(kitchen, asked["patch_id"])
    assert (landed["status"], landed["files"]) == ("landed", ["soups/leek.md"])
    assert landed["commit"] == repo.git(kitchen.origin, "rev-parse", "main").strip()
    assert (repo.subjects(kitchen.origin).count("Carrots"), traces(kitchen)) == (1, NO_TRACES)


async def test_what_no_longer_fits_when_its_turn_comes_is_refused_for_good(
    kitchen: Kitchen, db: Database, settings: Settings
) -> None:
    _, first = await patched(kitchen, LEEK, "?wait=0")
    assert (await patched(kitchen, LEEK.replace("carrot", "celery")))[0] == 200
    with pytest.raises(Conflict):
        await landing.land(db, settings, str(first["patch_id"]))
    assert (await the_one(kitchen, first["patch_id"]))["code"] == "patch_failed"
    assert repo.git(kitchen.copy, "show", "main:soups/leek.md") == "leek\ncelery\nsalt\n"


async def test_a_patch_of_another_project_is_none(kitchen: Kitchen) -> None:
    _, asked = await patched(kitchen, LEEK)
    await kitchen.http.post("/api/v1/projects", json={"id": "cellar", "name": "Cellar"})
    answer = await kitchen.http.get(f"/api/v1/projects/cellar/files/patches/{asked['patch_id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_patch")
    assert (await kitchen.http.get(f"{HERE}/files/patches/patch-none")).status_code == 404


def landing_queue(kitchen: Kitchen) -> Any:
    """The place of somebody who lands in the project before everybody else."""
    return in_turn(kitchen.copy.parent / "queue")


async def _dies(*_: object) -> None:
    raise OSError("gone")


async def _leaves(*_: object, **__: object) -> None:
    return
