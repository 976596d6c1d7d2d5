"""The pages of what runs by itself: workflows, webhooks, schedules of agents, copies of the database."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.watching import serious_faults, until_live
from tests.support.git_repository import made
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.workshop import acts, done
from tests.webhooks.payloads import headers, issues

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PROJECT = "windmill"
REPOSITORY = "https://github.com/acme/shop.git"
NARROW: ViewportSize = {"width": 360, "height": 800}
BLOCK = """Mind the sails.

<temporal>
SCHEDULE: sails
  TYPE: NightlyCheck
  INTERVAL: soon
END
WORKFLOW: NightlyChek
END
LIST
</temporal>
"""


@pytest.fixture(scope="module")
def system(alone: System) -> System:
    """One of its own, since it has a model."""
    return alone


@pytest.fixture(scope="module", autouse=True)
def miller(desk: Desk) -> str:
    """A project with somebody to try a block for."""
    desk.post("/projects", {"id": PROJECT, "name": "Windmill", "git_repo": REPOSITORY, "bead_prefix": "win"})
    wanted = {"project_id": PROJECT, "persona_name": "default/web-designer", "name": "Painter"}
    desk.post("/agents", wanted)
    made: dict[str, Any] = desk.post("/agents", wanted | {"persona_name": "default/qa-engineer", "name": "Miller"})
    return str(made["id"])


def test_a_block_is_tried_while_it_is_written(page: Page, miller: str) -> None:
    page.goto("/temporal")
    until_live(page)
    tried = page.locator("[data-tried]")
    field = page.get_by_role("textbox", name="A reply or persona text")
    expect(tried.get_by_text("all of it", exact=False).first).to_be_visible()
    field.fill(BLOCK)
    wrong = page.get_by_role("list", name="What is wrong").get_by_role("listitem")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text("line 6, column 13")
    wrong.get_by_role("button").click()
    assert field.evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)") == "soon"
    field.fill(BLOCK.replace("soon", "24h"))
    expect(wrong).to_have_count(0)
    said = tried.locator("[data-instruction]")
    expect(said).to_have_count(3)
    expect(said.nth(1)).to_contain_text("Did you mean NightlyCheck?")
    expect(page.locator(".loom-line.is-refused")).to_have_count(1)
    field.fill(BLOCK.replace("soon", "24h").replace("NightlyChek", "NightlyCheck"))
    page.get_by_label("From").select_option(label="Painter, web designer")
    expect(said.first).to_contain_text("Your role may not use the <temporal> language")
    page.get_by_label("From").select_option(f"agent:{miller}")
    expect(said.first).to_contain_text("would be done")
    expect(page).to_have_url(re.compile(f"as=agent%3A{miller}"))
    assert serious_faults(page) == []
    page.reload()
    expect(said.first).to_contain_text("would be done")
    expect(field).to_have_value(re.compile("Mind the sails"))
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nobody_has_asked_for_anything_yet(page: Page) -> None:
    page.goto(f"/temporal?view=schedules&project={PROJECT}")
    until_live(page)
    expect(page.get_by_text("No schedule of these.")).to_be_visible()
    page.get_by_role("tab", name="What agents asked for").click()
    expect(page).to_have_url(re.compile("view=asked"))
    expect(page.get_by_text("None of these asked for anything.")).to_be_visible()


def test_a_schedule_comes_rests_and_ends_while_one_looks(
    page: Page, desk: Desk, model: ProviderProcess, tmp_path: Path
) -> None:
    """An agent's reply sets it up, and the page has it at once."""
    origin = made(tmp_path / "mill", {"wheel.txt": "wood\n"})
    desk.post("/projects", {"id": "watermill", "name": "Watermill", "git_repo": str(origin), "bead_prefix": "wat"})
    desk.post("/providers", {"id": "scripted", "endpoint": model.url, "model": "test-model"})
    wanted = {"project_id": "watermill", "persona_name": "default/qa-engineer", "name": "Wheelwright"}
    desk.post("/agents", wanted)
    page.goto("/temporal?view=schedules&project=watermill")
    until_live(page)
    expect(page.get_by_text("No schedule of these.")).to_be_visible()
    block = BLOCK.replace("soon", "24h").replace("sails", "wheel")
    model.script({"when": "Title: Grease the wheel\\n", "reply": block}, acts(done()))
    desk.bead("watermill", "Grease the wheel")
    row = page.locator("[data-schedule=wheel]")
    expect(row).to_contain_text("holds")
    row.get_by_role("button", name="Pause wheel").click()
    expect(row).to_contain_text("by admin")
    expect(row).to_contain_text("not at all")
    row.get_by_role("button", name="Resume wheel").click()
    expect(row).to_contain_text("holds")
    row.get_by_role("button", name="End wheel").click()
    page.get_by_role("button", name="End it").click()
    expect(row).to_contain_text("admin ended it.")
    page.get_by_role("tab", name="What agents asked for").click()
    asked = page.locator("[data-execution]")
    expect(asked).to_contain_text("Did you mean NightlyCheck?")
    page.reload()
    expect(asked.get_by_role("link", name="Wheelwright")).to_be_visible()
    assert serious_faults(page) == []


def test_copies_are_made_looked_into_and_put_back_elsewhere(page: Page, system: System) -> None:
    page.goto("/backups")
    until_live(page)
    page.get_by_role("button", name="Back up now").click()
    row = page.locator("[data-backup]").first
    expect(row).to_contain_text("sound")
    name = row.get_attribute("data-backup")
    assert name is not None
    file = system.data_dir / "backups" / name
    page.get_by_role("button", name=f"How to put {name} back").click()
    expect(page.get_by_label("Command", exact=True)).to_have_value(f"loom restore {file}")
    page.keyboard.press("Escape")
    _damage(file)
    page.get_by_role("button", name=f"Look into {name}").click()
    expect(row).to_contain_text("damaged")
    page.reload()
    expect(row).to_contain_text("damaged")
    assert serious_faults(page) == []
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_issue_of_github_is_received_and_signed(page: Page, desk: Desk) -> None:
    page.goto("/webhooks")
    until_live(page)
    page.get_by_label("Project").select_option(PROJECT)
    page.get_by_role("button", name="Make a secret").click()
    shown = page.get_by_label("Secret", exact=True)
    expect(shown).to_be_visible()
    secret = shown.input_value()
    page.get_by_role("button", name="I have copied it").click()
    body = json.dumps(issues(number=71, title="The sails creak")).encode()
    answer = desk.http.post("/api/v1/webhooks/github", content=body, headers=headers("issues", body, secret, "sails-1"))
    assert answer.status_code == 202, answer.text
    row = page.locator("[data-delivery=sails-1]")
    expect(row).to_contain_text("Done")
    expect(row).to_contain_text("The sails creak")
    row.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/beads/win-"))


def test_what_runs_durably_is_listed_and_opened(page: Page) -> None:
    page.goto("/workflows")
    until_live(page)
    own = page.get_by_role("region", name="What else runs")
    expect(own).to_contain_text("LoomHeartbeatWorkflow")
    own.get_by_role("button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]id="))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile(r"[?&]id="))
    page.get_by_role("tab", name="Failed").click()
    expect(page).to_have_url(re.compile("state=failed"))
    page.go_back()
    expect(page.get_by_role("tab", selected=True)).not_to_contain_text("Failed")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _damage(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"x" * 20_000 + whole[24_096:])
