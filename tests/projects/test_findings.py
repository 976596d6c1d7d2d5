"""What looks like a secret and is none; which branches are kept from runs, and which hosts they reach."""

from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.kernel.database import Database
from loom_app.projects import findings
from tests.support import rows

FINDINGS = "/api/v1/projects/kitchen/allowed-findings"
ONE = "0123456789abcdef"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def test_a_finding_is_allowed_once_listed_and_disallowed(client: AsyncClient, db: Database) -> None:
    wanted = {"fingerprint": ONE, "reason": "A key of the manual"}
    assert (await client.post(FINDINGS, json=wanted)).status_code == 201
    assert (await client.post(FINDINGS, json={"fingerprint": ONE})).json()["reason"] == "A key of the manual"
    (shown,) = (await client.get(FINDINGS)).json()
    assert (shown["fingerprint"], shown["allowed_by"]) == (ONE, "admin")
    assert (await client.delete(f"{FINDINGS}/{ONE}")).status_code == 204
    assert (await client.delete(f"{FINDINGS}/{ONE}")).json()["code"] == "finding_not_allowed"
    async with db.read() as tx:
        assert await findings.allowed(tx, "kitchen") == []


@pytest.mark.parametrize("fingerprint", ["", "0123", "X" * 16, f"{ONE}\n", 7])
async def test_what_is_no_fingerprint_is_refused(client: AsyncClient, fingerprint: Any) -> None:
    assert (await client.post(FINDINGS, json={"fingerprint": fingerprint})).status_code in (400, 422)


async def test_protected_branches_of_a_project(client: AsyncClient) -> None:
    project = "/api/v1/projects/kitchen"
    assert "release/*" in (await client.get(project)).json()["protected_branches"]
    changed = await client.patch(project, json={"protected_branches": ["main", "stable/*"]})
    assert changed.json()["protected_branches"] == ["main", "stable/*"]


@pytest.mark.parametrize("pattern", ["*", "agent/*", "agent/*/*", "--x", "a b", "", "a..b", "x\ny"])
async def test_patterns_that_no_branch_has_or_that_every_run_s_has(client: AsyncClient, pattern: str) -> None:
    answer = await client.patch("/api/v1/projects/kitchen", json={"protected_branches": [pattern]})
    assert answer.status_code in (400, 422), answer.text


async def test_hosts_that_commands_reach(client: AsyncClient) -> None:
    project = "/api/v1/projects/kitchen"
    assert (await client.get(project)).json()["network_hosts"] == []
    wanted = ["PyPI.org", "*.npmjs.org:443", "deb.debian.org:80", "pypi.org:443"]
    changed = await client.patch(project, json={"network_hosts": wanted})
    assert changed.json()["network_hosts"] == ["pypi.org:443", "*.npmjs.org:443", "deb.debian.org:80"]
    assert (await client.patch(project, json={"network_hosts": []})).json()["network_hosts"] == []


@pytest.mark.parametrize(
    "hosts", [["*"], ["127.0.0.1:80"], ["localhost"], ["a.org"] * 101, "a.org", [7], [None], ["x" * 400]]
)
async def test_hosts_that_are_none(client: AsyncClient, hosts: Any) -> None:
    answer = await client.patch("/api/v1/projects/kitchen", json={"network_hosts": hosts})
    assert answer.status_code in (400, 422), answer.text
