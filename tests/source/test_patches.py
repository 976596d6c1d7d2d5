"""Patches by hand: committed as the person, delivered, all or nothing."""

import pytest

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


async def patched(kitchen: Kitchen, patch: str, **more: str) -> tuple[int, dict[str, object]]:
    answer = await kitchen.http.post(f"{HERE}/files/patch", json={"patch": patch, **more})
    return answer.status_code, answer.json()


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
    assert repo.git(kitchen.copy, "status", "--porcelain") == ""
    assert repo.git(kitchen.copy, "worktree", "list").count("\n") == 1
    assert "person/" not in repo.git(kitchen.copy, "branch", "--list")


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
