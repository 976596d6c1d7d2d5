"""The page of figures in the browser: the sums of the ledger, the calls behind them, and an address that keeps both."""

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, insert

from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.ids import new_id
from loom_app.ledger.models import Call, UsageMark
from tests.support.system import Desk, System

PROJECT = "smithy"


@pytest.fixture(scope="module")
def smithy(system: System, desk: Desk) -> Desk:
    """A project whose calls to models of the last days are in the ledger: ten answered at 30 cents, one that failed."""
    desk.post("/projects", {"id": PROJECT, "name": "Smithy"})
    engine = create_engine(f"sqlite:///{system.data_dir / 'loom.db'}", connect_args={"timeout": 30})
    with engine.begin() as tx:
        for number in range(11):
            at = now() - timedelta(hours=7 * number, minutes=5)
            call = Call(
                id=new_id("call"), purpose="turn", status="settled" if number else "released", at=at, expires_at=at,
                settled_at=at + timedelta(seconds=2), project_id=PROJECT, agent_id="hammer", provider_id="anvil",
                model=f"iron-{number % 2}", answered_by=f"iron-{number % 2}", tokens_input=1_000 if number else 0,
                tokens_cached=400 if number else 0, tokens_output=50 if number else 0,
                cost_micros=300_000 if number else None,
            )  # fmt: skip
            hour = at.replace(minute=0, second=0, microsecond=0)
            day = hour.replace(hour=0)
            mark = {
                "id": new_id("mark"), "hour": hour, "ends": hour + timedelta(hours=1), "day": day,
                "day_ends": day + timedelta(days=1),
            }  # fmt: skip
            tx.execute(insert(table(Call)), call.model_dump())
            tx.execute(insert(table(UsageMark)), mark)
    engine.dispose()
    return desk


def test_figures_lead_to_the_calls_and_to_a_file(page: Page, smithy: Desk, tmp_path: Path) -> None:
    page.goto(f"/analytics?project_id={PROJECT}&by=model")
    cards = page.locator(".loom-figures")
    expect(cards).to_contain_text("$3.00")
    expect(cards).to_contain_text("10.5 k")
    expect(cards).to_contain_text("40 % of the input cached")
    expect(cards).to_contain_text("9.09 %")
    expect(page.locator(".loom-chart .barlayer .point path").first).to_be_attached()
    models = page.get_by_role("region", name="By model")
    expect(models.get_by_role("row")).to_have_count(3)
    models.get_by_role("button", name="iron-1").click()
    expect(page).to_have_url(re.compile("model=iron-1"))
    expect(cards).to_contain_text("$1.50")
    calls = page.get_by_role("region", name=re.compile("^Calls"))
    expect(calls.locator("tbody tr")).to_have_count(5)
    with page.expect_download() as taken:
        page.get_by_role("group", name="Take along as a file").get_by_role("button", name="CSV").click()
    file = tmp_path / "calls.csv"
    taken.value.save_as(file)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["Cost (micro-USD)"] for row in rows] == ["300000"] * 5
    page.go_back()
    expect(cards).to_contain_text("$3.00")


def test_a_period_of_the_table_shows_its_calls_and_the_look_may_change(page: Page, smithy: Desk) -> None:
    page.goto(f"/analytics?project_id={PROJECT}&range=24h&show=requests")
    over = page.get_by_role("region", name="Calls by hour")
    over.locator("summary").click()
    busy = over.locator("tbody tr").filter(has=page.get_by_role("cell", name="1", exact=True)).first
    busy.get_by_role("button").click()
    expect(page).to_have_url(re.compile("at="))
    calls = page.get_by_role("region", name=re.compile("^Calls of the hour"))
    expect(calls.locator("tbody tr")).to_have_count(1)
    calls.get_by_role("button", name="Show the calls of the whole span").click()
    expect(page.get_by_role("region", name=re.compile("^Calls [0-9]")).locator("tbody tr")).to_have_count(4)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".loom-chart .barlayer .point path").first).to_be_attached()
    page.goto("/analytics?range=custom&from=2026-03-02&until=2026-03-01")
    expect(page.get_by_role("alert").first).to_contain_text("the first before the last")
    page.goto("/analytics?project_id=none-such")
    expect(page.get_by_text("No call to a model ended in this span")).to_be_visible()
