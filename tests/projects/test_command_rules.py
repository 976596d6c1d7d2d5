"""The commands that agents may run in a project, and those they may not, as people set them."""

from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.kernel.database import Database
from loom_app.projects import command_rules
from tests.support import rows

RULES = "/api/v1/projects/kitchen/command-rules"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def test_a_rule_is_set_once_shown_and_ended(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"pattern": " npm ci ", "allowed": True, "roles": ["qa-engineer"], "reason": "From our mirror"}
    made = await client.post(RULES, json=wanted)
    assert made.status_code == 201
    assert (await client.post(RULES, json=wanted)).json()["id"] == made.json()["id"]
    shown = (await client.get(RULES)).json()
    assert [(rule["pattern"], rule["allowed"], rule["roles"], rule["set_by"]) for rule in shown["rules"]] == [
        ("npm ci", True, ["qa-engineer"], "admin")
    ]
    assert (shown["courses"]["low"], shown["courses"]["high"]) == ("run", "ask")
    assert (await client.delete(f"{RULES}/{made.json()['id']}")).status_code == 204
    assert (await client.delete(f"{RULES}/{made.json()['id']}")).json()["code"] == "rule_not_found"
    monkeypatch.setattr(command_rules, "MOST", 1)
    assert (await client.post(RULES, json={"pattern": "a", "allowed": False})).status_code == 201
    assert (await client.post(RULES, json={"pattern": "b", "allowed": False})).json()["code"] == "too_many_rules"


@pytest.mark.parametrize(
    "wrong",
    [
        {"pattern": "", "allowed": True}, {"pattern": "  ", "allowed": True}, {"pattern": "a\nb", "allowed": True},
        {"pattern": "x" * 1001, "allowed": True}, {"pattern": "a"}, {"pattern": "a", "allowed": "maybe"},
        {"pattern": "a", "allowed": True, "roles": ["No Role"]}, {"pattern": "a", "allowed": True, "risk": "low"},
    ],
)  # fmt: skip
async def test_what_is_no_rule_is_refused(client: AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await client.post(RULES, json=wrong)).status_code in (400, 422)
    assert (await client.get(RULES)).json()["rules"] == []
