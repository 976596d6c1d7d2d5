"""The logs in the browser: filtered by the address, opened, paused, taken along."""

import re

from playwright.sync_api import Page, expect


def test_lines_are_there_open_and_can_be_found(page: Page) -> None:
    page.goto("/logs")
    line = page.locator(".loom-log").first
    expect(line).to_be_visible()
    line.locator("summary").click()
    expect(line.get_by_text("Written by")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    page.get_by_label("Find in the text").fill("no line says this")
    expect(page.get_by_text("No line fits these filters.")).to_be_visible()
    expect(page).to_have_url(re.compile("search=no\\+line"))
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("From", exact=True).select_option("worker")
    expect(page.locator(".loom-log").filter(has_text="worker is ready")).to_have_count(1)


def test_what_is_exported_is_what_is_shown(page: Page) -> None:
    page.goto("/logs?source=worker&search=worker+is+ready")
    expect(page.locator(".loom-log")).to_have_count(1)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export CSV").click()
    head, line, *rest = taken.value.path().read_text().splitlines()
    assert head == "Timestamp,Level,Source,Message,Metadata"
    assert "worker is ready" in line
    assert not rest
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: new lines wait.")).to_be_visible()
