"""A project's keys, logins and known hosts over REST, tried on a real SSH server and a repository behind a login."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.config import Settings
from loom_app.git.keys import new_pair
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from tests.support import git_repository as repo
from tests.support import people
from tests.support.git_over_http import GitOverHttp
from tests.support.sshd import SshServer

P = "/api/v1/projects/p"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with one commit, as sites keep them."""
    repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    return tmp_path / "bare.git"


async def project(client: AsyncClient, address: str) -> None:
    made = await client.post("/api/v1/projects", json={"id": "p", "name": "Peas", "git_repo": address})
    assert made.status_code == 201, made.text


async def answer(client: AsyncClient, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """What a request within the project answers."""
    got = await client.request(method, f"{P}/{path}", **more)
    assert got.status_code == status, got.text
    return got.json() if got.content else None


async def events(client: AsyncClient) -> list[str]:
    listed = (await client.get("/api/v1/events", params={"project_id": "p", "limit": 100})).json()["events"]
    return [event["type"] for event in listed if "git" in event["type"] or "host" in event["type"]]


async def test_from_a_fresh_key_to_the_first_push(
    client: AsyncClient, db: Database, sshd: SshServer, bare: Path
) -> None:
    await project(client, sshd.address(bare))
    assert (await answer(client, "GET", "git-key"))["public_key"] == ""
    made = await answer(client, "POST", "git-key", 201)
    assert made == await answer(client, "POST", "git-key", 201)
    assert made["public_key"].startswith("ssh-ed25519 AAAA")
    assert (made["auth_method"], made["rotated"]) == ("ssh", False)
    assert {one["site"] for one in made["instructions"]} == {"GitHub", "GitLab"}
    assert "PRIVATE" not in str(made)

    refused = await answer(client, "POST", "git-check")
    assert (refused["reachable"], refused["code"]) == (False, "wrong_key")
    (known,) = await answer(client, "GET", "known-hosts")
    assert (known["host"], known["fingerprint"], known["source"]) == (
        sshd.host,
        sshd.key.fingerprint,
        "first contact",
    )

    sshd.allow(made["public_key"], read_only=True)
    assert (await answer(client, "POST", "git-check"))["code"] == "not_allowed_to_write"
    sshd.allow(made["public_key"])
    assert await answer(client, "POST", "git-check") == {
        "reachable": True, "may_push": True, "empty": False, "default_branch": "main", "has_branch": True, "code": "",
        "message": f"{sshd.address(bare)} can be read and written.",
    }  # fmt: skip
    assert (await answer(client, "GET", "git-key"))["keys"][0]["worked_at"]
    assert repo.git(bare, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]


async def test_a_rotation_takes_nothing_away_until_the_new_key_works(
    client: AsyncClient, db: Database, sshd: SshServer, bare: Path
) -> None:
    await project(client, sshd.address(bare))
    old = await answer(client, "POST", "git-key", 201)
    sshd.allow(old["public_key"])
    assert (await answer(client, "POST", "git-check"))["code"] == ""
    new = await answer(client, "POST", "git-key/rotate", 201)
    assert (new["rotated"], new["public_key"] == old["public_key"]) == (True, False)
    assert (await answer(client, "POST", "git-key/rotate", 409))["code"] == "rotation_under_way"
    found = await answer(client, "POST", "git-check")
    assert (found["reachable"], found["code"]) == (True, "new_key_not_working")

    sshd.allow(new["public_key"], read_only=True)
    async with db.read() as tx:
        row = await tx.get(Project, "p")
    assert row is not None
    checkout = checkout_of(db, row)
    assert await checkout.ensure() == ""
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Ours")
    assert await checkout.deliver() == "", "the old key still writes"

    sshd.allow(new["public_key"])
    assert (await answer(client, "POST", "git-check"))["code"] == ""
    after = await answer(client, "GET", "git-key")
    assert (after["rotated"], [key["fingerprint"] for key in after["keys"]]) == (False, [new["fingerprint"]])
    sshd.refuse(old["public_key"])
    assert await checkout.ensure() == ""


async def test_a_rotation_is_taken_back_and_a_leaked_key_dropped(
    client: AsyncClient, sshd: SshServer, bare: Path
) -> None:
    await project(client, sshd.address(bare))
    first = await answer(client, "POST", "git-key", 201)
    second = await answer(client, "POST", "git-key/rotate", 201)
    await answer(client, "DELETE", f"git-keys/{second['keys'][0]['id']}", 204)
    assert (await answer(client, "GET", "git-key"))["fingerprint"] == first["fingerprint"]
    await answer(client, "DELETE", f"git-keys/{first['keys'][0]['id']}", 204)
    await answer(client, "DELETE", f"git-keys/{first['keys'][0]['id']}", 404)
    assert (await answer(client, "GET", "git-key"))["auth_method"] == "none"
    assert await events(client) == [
        "project.git_key_dropped", "project.git_key_dropped", "project.git_key_made", "project.git_key_made",
    ]  # fmt: skip


async def test_a_changed_host_key_is_refused_until_a_person_accepts_it(
    client: AsyncClient, sshd: SshServer, bare: Path
) -> None:
    await project(client, sshd.address(bare))
    sshd.allow((await answer(client, "POST", "git-key", 201))["public_key"])
    before = new_pair("host").public
    await answer(client, "PUT", "known-hosts", json={"host": sshd.host, "key": before})
    found = await answer(client, "POST", "git-check")
    assert (found["reachable"], found["code"]) == (False, "host_key_changed")
    assert sshd.key.fingerprint in found["message"]
    wrong = {"host": sshd.host, "fingerprint": "SHA256:" + "A" * 43}
    assert (await answer(client, "PUT", "known-hosts", 400, json=wrong))["code"] == "other_host_key"
    seen = {"host": sshd.host, "fingerprint": sshd.key.fingerprint}
    assert (await answer(client, "PUT", "known-hosts", json=seen))["fingerprint"] == sshd.key.fingerprint
    assert (await answer(client, "POST", "git-check"))["code"] == ""
    await answer(client, "PUT", "known-hosts", json={"host": sshd.host, "key": before})
    shown = await answer(
        client, "PUT", "known-hosts", json={"host": sshd.host, "key": f"{sshd.key.kind} {sshd.key.key}"}
    )
    assert (shown["source"], shown["fingerprint"]) == ("person", sshd.key.fingerprint)
    assert (await answer(client, "POST", "git-check"))["code"] == ""
    await answer(client, "DELETE", "known-hosts", 204, params={"host": sshd.host})
    await answer(client, "DELETE", "known-hosts", 404, params={"host": sshd.host})


async def test_the_keys_big_sites_publish_are_known_before_the_first_contact(client: AsyncClient) -> None:
    await project(client, "git@github.com:cook/recipes.git")
    shown = await answer(client, "GET", "known-hosts")
    assert ("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", "published") in {
        (key["fingerprint"], key["source"]) for key in shown
    }
    (how,) = (await answer(client, "POST", "git-key", 201))["instructions"]
    assert how["url"] == "https://github.com/cook/recipes/settings/keys/new"
    other = new_pair("host").public
    await answer(client, "PUT", "known-hosts", json={"host": "github.com", "key": other})
    assert [key["source"] for key in await answer(client, "GET", "known-hosts")] == ["person"]


@pytest.mark.parametrize(
    "pin",
    [
        {"host": "-oProxyCommand=x", "key": "ssh-ed25519 AAAA"}, {"host": "a.example", "key": "ssh-ed25519 AAAA"},
        {"host": "a.example", "key": "not a key"}, {"host": "a.example", "key": "ssh-dss AAAAB3NzaC1kc3M="},
        {"host": "a.example,b.example", "key": "x"}, {"host": "*", "key": "x"}, {"host": "a b", "key": "x"},
        {"host": "a\nb", "key": "x"}, {"host": "a.example"}, {"host": "b.example", "fingerprint": "SHA256:" + "A" * 43},
    ],
)  # fmt: skip
async def test_what_is_no_host_key_is_not_pinned(client: AsyncClient, pin: dict[str, str]) -> None:
    await project(client, "git@a.example:cook/recipes.git")
    assert (await client.put(f"{P}/known-hosts", json=pin)).status_code in (400, 422)
    assert await answer(client, "GET", "known-hosts") == []


async def test_a_token_opens_a_repository_and_is_never_shown(
    client: AsyncClient, db: Database, bare: Path, web: GitOverHttp
) -> None:
    await project(client, web.address(bare))
    assert (await answer(client, "POST", "git-check"))["code"] == "wrong_login"
    await answer(client, "PUT", "git-login", json={"username": "cook", "secret": "wrong"})
    assert (await answer(client, "POST", "git-check"))["code"] == "wrong_login"
    kept = await answer(client, "PUT", "git-login", json={"username": "cook", "secret": web.password})
    assert (kept["auth_method"], kept["site"], kept["username"]) == ("basic", web.site, "cook")
    assert (await answer(client, "POST", "git-check"))["code"] == ""
    for path in ("git-login", "git-key", "git-check"):
        method = "POST" if path == "git-check" else "GET"
        assert web.password not in str(await answer(client, method, path))
    assert web.password not in (await client.get("/api/v1/events", params={"limit": 100})).text
    async with db.read() as tx:
        row = await tx.get(Project, "p")
    assert row is not None
    assert await checkout_of(db, row).ensure() == ""
    assert web.password not in "".join(web.seen_processes)
    await answer(client, "DELETE", "git-login", 204)
    await answer(client, "DELETE", "git-login", 404)
    assert (await answer(client, "GET", "git-login"))["auth_method"] == "none"


async def test_a_token_is_sent_to_no_other_site_than_it_was_saved_for(
    client: AsyncClient, bare: Path, web: GitOverHttp
) -> None:
    await project(client, web.address(bare))
    await answer(client, "PUT", "git-login", json={"secret": web.password})
    with GitOverHttp(web.password) as other:
        await client.patch(P, json={"git_repo": other.address(bare)})
        assert (await answer(client, "POST", "git-check"))["code"] == "wrong_login"
        assert other.logins == []


async def test_a_repository_reached_by_ssh_takes_no_token(client: AsyncClient) -> None:
    await project(client, "git@a.example:cook/recipes.git")
    assert (await answer(client, "PUT", "git-login", 400, json={"secret": "t"}))["code"] == "login_not_used"


async def test_only_administrators_lend_the_machine_s_own_account(client: AsyncClient, app: FastAPI) -> None:
    async with people.signed_in(app, "user") as user:
        await project(user, "git@a.example:cook/recipes.git")
        await answer(user, "PUT", "git-login/machine", 403)
        assert (await answer(client, "PUT", "git-login/machine"))["auth_method"] == "git-helper"
        assert (await answer(user, "GET", "git-login"))["set_by"] == "admin"


async def test_what_goes_with_a_project_that_is_removed(
    client: AsyncClient, settings: Settings, sshd: SshServer, bare: Path
) -> None:
    await project(client, sshd.address(bare))
    await answer(client, "POST", "git-key", 201)
    await answer(client, "POST", "git-check")
    assert (await client.delete(P)).status_code == 204
    await project(client, sshd.address(bare))
    assert (await answer(client, "GET", "git-key"))["keys"] == []
    assert await answer(client, "GET", "known-hosts") == []


@pytest.fixture(scope="module")
def web() -> Iterator[GitOverHttp]:
    """A site that has repositories behind a login."""
    with GitOverHttp("a password of many words") as site:
        yield site
