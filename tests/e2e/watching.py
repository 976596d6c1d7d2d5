"""What tests look at on pages: cards in their columns, what the board did meanwhile, how often a page was loaded."""

import shutil
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

CHROMIUM = Path(shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium")
"""The one without a window of its own where it is installed: the same pages for a quarter less work."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

RECORDER = """
(() => {
  const places = {};
  window.loomMoves = [];
  new MutationObserver(() => {
    for (const card of document.querySelectorAll('.loom-column [data-bead]')) {
      const id = card.dataset.bead;
      const status = [...card.closest('.loom-column').classList].find((name) => name.startsWith('is-')).slice(3);
      if (places[id] !== status) window.loomMoves.push([id, status]);
      places[id] = status;
    }
  }).observe(document, { childList: true, subtree: true });
})();
"""
"""Notes in `loomMoves` every card that shows in another column: [bead, column]."""


class Loads:
    """How many documents a page has loaded since one began to count; going about inside the application loads none."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.on("request", self._hear)

    def _hear(self, request: Any) -> None:
        self.count += request.is_navigation_request()


def column(page: Page, status: str) -> Locator:
    """A column of the board."""
    return page.locator(f".loom-column.is-{status}")


def card(page: Page, bead_id: str, status: str = "") -> Locator:
    """The card of a bead, wherever it is or in the column `status`."""
    within = column(page, status) if status else page.locator(".loom-columns")
    return within.locator(f'[data-bead="{bead_id}"]')


def open_board(page: Page, query: str = "") -> None:
    """The board with its beads and its live connection."""
    page.goto(f"/board{query}")
    until_live(page)
    expect(page.locator('.loom-board[data-loaded="yes"]')).to_be_visible()


def until_live(page: Page) -> None:
    """Waits until the frame has been filled over the live socket and nothing is still loading."""
    expect(page.locator(".loom-live .loom-dot").first).to_be_visible()
    expect(page.locator(".loom-skeleton")).to_have_count(0)


def serious_faults(page: Page) -> list[str]:
    """What axe-core finds on the page that is serious or critical for people who cannot see it or use no mouse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['help']} at {', '.join(str(node['target']) for node in fault['nodes'][:5])}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
