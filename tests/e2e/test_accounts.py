"""Accounts as people use them in the browser: coming in by a link, keys, the second factor, and being shut out."""

import time
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS, SCREEN
from tests.e2e.watching import card, until_live
from tests.support.system import PASSWORD, Desk, System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CHOSEN = "apple-stone-lamp-9"
STORED = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"


@pytest.fixture
def stranger(browser: Browser, system: System) -> Iterator[Page]:
    """A page of a browser in which nobody is signed in."""
    context: BrowserContext = browser.new_context(base_url=system.url, viewport=SCREEN)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def made(desk: Desk, name: str, role: str) -> str:
    """A new user with the password CHOSEN; their id."""
    return str(desk.post("/auth/users", {"username": name, "password": CHOSEN, "role": role})["id"])


def signs_in(page: Page, name: str, password: str = CHOSEN, then: str = "/") -> None:
    """Fills the sign-in form."""
    page.goto(f"/login?next={then}")
    page.get_by_label("User name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def come_in(page: Page, name: str, password: str = CHOSEN, then: str = "/") -> None:
    """Signs in and waits for the page."""
    signs_in(page, name, password, then)
    until_live(page)


def dialog(page: Page) -> Locator:
    """The dialog that is open."""
    return page.get_by_role("dialog")


def shown(page: Page, label: str) -> str:
    """A secret that a dialog shows."""
    return dialog(page).get_by_role("textbox", name=label, exact=True).input_value()


def test_a_new_user_comes_in_by_a_link_that_works_once(page: Page, stranger: Page) -> None:
    page.goto("/users")
    until_live(page)
    page.get_by_role("button", name="New user").click()
    dialog(page).get_by_label("User name").fill("admin")
    dialog(page).get_by_role("button", name="Make the user").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("already a user called 'admin'")
    dialog(page).get_by_label("User name").fill("lena")
    dialog(page).get_by_role("button", name="Make the user").click()
    link = shown(page, "One-time link")
    dialog(page).get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text="lena")).to_contain_text("active")

    stranger.goto(link)
    stranger.get_by_label("New password", exact=True).fill(CHOSEN)
    stranger.get_by_label("New password again").fill("something-else")
    stranger.get_by_role("button", name="Set the password").click()
    expect(stranger.get_by_role("alert")).to_contain_text("differ")
    stranger.get_by_label("New password again").fill(CHOSEN)
    stranger.get_by_role("button", name="Set the password").click()
    expect(stranger.get_by_role("heading", name="Your password is set")).to_be_visible()
    come_in(stranger, "lena")
    expect(stranger.locator(".loom-user")).to_contain_text("lena")

    page.goto(link)
    page.get_by_label("New password", exact=True).fill("another-stone-8")
    page.get_by_label("New password again").fill("another-stone-8")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong, used or older")


def test_a_key_is_shown_once_works_and_is_revoked(page: Page, system: System) -> None:
    page.goto("/account")
    until_live(page)
    page.get_by_role("button", name="New key").click()
    dialog(page).get_by_label("Name", exact=True).fill("harvest")
    dialog(page).get_by_role("button", name="None").click()
    dialog(page).get_by_role("button", name="Make the key").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("at least one")
    dialog(page).get_by_label("projects: read").check()
    dialog(page).get_by_role("button", name="Make the key").click()
    key = shown(page, "Key")
    assert key in shown(page, "Try it")
    dialog(page).press("Escape")
    expect(dialog(page)).to_be_visible()
    dialog(page).get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text="harvest")).to_contain_text("projects: read")
    page.reload()
    until_live(page)
    expect(page.get_by_role("row").filter(has_text="harvest")).to_be_visible()
    assert key not in page.content() + page.evaluate(STORED)

    assert _answer(system, key, "/projects") == 200
    assert _answer(system, key, "/beads") == 403
    page.get_by_role("button", name="Revoke harvest").click()
    dialog(page).get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("row").filter(has_text="harvest")).to_have_count(0)
    assert _answer(system, key, "/projects") == 401


def _answer(system: System, key: str, path: str) -> int:
    """What a program with that key gets, as with curl."""
    return httpx.get(f"{system.url}/api/v1{path}", headers={"X-API-Key": key}, trust_env=False).status_code


def test_the_second_factor_from_set_up_to_recovery(stranger: Page, desk: Desk) -> None:
    made(desk, "tora", "user")
    come_in(stranger, "tora", then="/account")
    stranger.get_by_role("button", name="Set up").click()
    dialog(stranger).get_by_label("Current password").fill("not-the-password")
    dialog(stranger).get_by_role("button", name="Go on").click()
    expect(dialog(stranger).get_by_role("alert")).to_contain_text("current password is wrong")
    dialog(stranger).get_by_label("Current password").fill(CHOSEN)
    dialog(stranger).get_by_role("button", name="Go on").click()
    picture = dialog(stranger).get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("(shown) => shown.decode().then(() => shown.naturalWidth)") > 0
    app = pyotp.TOTP(shown(stranger, "Secret"))
    dialog(stranger).get_by_label("Code", exact=True).fill(app.now())
    dialog(stranger).get_by_role("button", name="Turn it on").click()
    codes = shown(stranger, "Recovery codes").split()
    assert len(codes) == 10
    dialog(stranger).get_by_role("button", name="I have kept them").click()
    expect(stranger.get_by_role("region", name="Second factor")).to_contain_text("10 recovery codes are left")
    assert not any(code in stranger.content() for code in codes)

    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    signs_in(stranger, "tora")
    stranger.get_by_label("Code", exact=True).fill(app.at(int(time.time()), counter_offset=1))
    stranger.get_by_role("button", name="Sign in").click()
    until_live(stranger)

    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    signs_in(stranger, "tora", then="/account")
    stranger.get_by_role("button", name="I cannot use the app").click()
    stranger.get_by_label("Recovery code").fill("aaaa-bbbb-cccc-dddd")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("alert")).to_contain_text("code is wrong")
    stranger.get_by_label("Recovery code").fill(codes[3])
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("region", name="Second factor")).to_contain_text("9 recovery codes are left")


def test_who_is_deactivated_loses_the_page_that_is_open(page: Page, stranger: Page, desk: Desk) -> None:
    made(desk, "otto", "user")
    come_in(stranger, "otto", then="/board")
    page.goto("/users")
    until_live(page)
    page.get_by_role("button", name="Deactivate otto").click()
    expect(dialog(page)).to_contain_text("signed out everywhere at once")
    dialog(page).get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("row").filter(has_text="otto")).to_contain_text("deactivated")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    signs_in(stranger, "otto")
    expect(stranger.get_by_role("alert")).to_contain_text("wrong")


def test_a_new_password_ends_the_other_browser_and_not_this_one(
    browser: Browser, system: System, stranger: Page, desk: Desk
) -> None:
    made(desk, "pia", "user")
    come_in(stranger, "pia", then="/account")
    other = browser.new_context(base_url=system.url, viewport=SCREEN)
    elsewhere = other.new_page()
    come_in(elsewhere, "pia", then="/projects")
    stranger.get_by_label("Current password").fill(CHOSEN)
    stranger.get_by_label("New password", exact=True).fill("password1")
    stranger.get_by_label("New password again").fill("password1")
    stranger.get_by_role("button", name="Change the password").click()
    refused = stranger.get_by_label("New password", exact=True)
    expect(refused).to_be_focused()
    expect(stranger.get_by_role("alert")).to_contain_text("among the first")
    stranger.get_by_label("New password", exact=True).fill(PASSWORD)
    stranger.get_by_label("New password again").fill(PASSWORD)
    stranger.get_by_role("button", name="Change the password").click()
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    until_live(stranger)
    expect(stranger.get_by_role("heading", name="My account")).to_be_visible()
    other.close()


@pytest.mark.parametrize("path", ["/users", "/audit", "/users/somebody"])
def test_viewers_are_told_that_a_page_is_for_administrators(path: str, stranger: Page, desk: Desk) -> None:
    known = [user["username"] for user in desk.get("/auth/users")]
    if "vera" not in known:
        made(desk, "vera", "viewer")
    come_in(stranger, "vera", then=path)
    expect(stranger.get_by_role("heading", name="This page is for administrators")).to_be_visible()
    navigation = stranger.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link", name="Board")).to_be_visible()
    expect(navigation.get_by_role("link", name="Users")).to_have_count(0)
    expect(navigation.get_by_role("link", name="Audit")).to_have_count(0)
    expect(stranger.get_by_role("row")).to_have_count(0)
    expect(stranger.get_by_role("button", name="New user")).to_have_count(0)


def test_the_audit_log_is_filtered_by_its_address_and_found_whole(page: Page, desk: Desk) -> None:
    user_id = made(desk, "gina", "viewer")
    page.goto(f"/audit?subject={user_id}")
    until_live(page)
    entries = page.get_by_role("region", name="Entries").get_by_role("listitem")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("admin made the account gina")
    page.get_by_label("About").fill("")
    page.get_by_label("What").select_option("Runs")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(f"{page.url.partition('/audit')[0]}/audit?kind=run")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    page.go_back()
    expect(entries).to_have_count(1)
    page.get_by_role("button", name="Verify the log").click()
    expect(dialog(page)).to_contain_text("The log is as Loom wrote it.")
    dialog(page).get_by_role("button", name="Close").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export CSV").click()
    assert "gina" in taken.value.path().read_text()


def test_deleting_asks_for_the_name(page: Page, desk: Desk) -> None:
    user_id = made(desk, "hugo", "user")
    page.goto(f"/users/{user_id}")
    until_live(page)
    expect(page.get_by_role("region", name="Audit trail")).to_contain_text("made the account hugo")
    page.get_by_role("button", name="Delete hugo").click()
    sure = dialog(page).get_by_role("button", name="Delete for good")
    expect(sure).to_be_disabled()
    dialog(page).get_by_label("Type hugo to confirm").fill("hugo")
    sure.click()
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="hugo")).to_have_count(0)


def test_a_project_shows_to_its_members_as_soon_as_they_are(page: Page, stranger: Page, desk: Desk) -> None:
    made(desk, "nora", "viewer")
    desk.post("/projects", {"id": "larder", "name": "Larder", "bead_prefix": "lar"})
    bead = desk.bead("larder", "Label the jars")
    come_in(stranger, "nora", then="/board")
    expect(stranger.get_by_text("You see no project yet.")).to_contain_text("add you as nora.")
    expect(stranger.get_by_role("button", name="New bead")).to_have_count(0)

    page.goto("/projects")
    until_live(page)
    page.get_by_role("button", name="Members of Larder").click()
    dialog(page).get_by_label("User name").fill("noras")
    dialog(page).get_by_role("button", name="Add", exact=True).click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("There is no user 'noras'")
    dialog(page).get_by_label("User name").fill("nora")
    dialog(page).get_by_role("button", name="Add", exact=True).click()
    expect(dialog(page).get_by_role("row").filter(has_text="nora")).to_be_visible()
    expect(card(stranger, bead)).to_be_visible()

    dialog(page).get_by_role("button", name="Remove nora").click()
    page.get_by_role("dialog", name="Remove nora").get_by_role("button", name="Remove", exact=True).click()
    expect(dialog(page).get_by_role("row").filter(has_text="nora")).to_have_count(0)
    expect(card(stranger, bead)).to_have_count(0)
    expect(stranger.get_by_text("You see no project yet.")).to_be_visible()


def test_viewers_are_offered_nothing_they_may_not_do(stranger: Page, desk: Desk) -> None:
    made(desk, "vito", "viewer")
    desk.post("/projects", {"id": "vault", "name": "Vault", "bead_prefix": "vau"})
    assert desk.http.put("/api/v1/projects/vault/members/vito", json={"role": "member"}).status_code == 200
    bead = desk.bead("vault", "Count the bottles")
    offered = {"Members of Vault", "Sign out"}
    views = {"Waiting", "Overdue", "Within a day", "Later", "Put off", "Answered"}
    come_in(stranger, "vito", then="/projects")
    for path in ("/projects", "/agents", "/decisions", "/system", f"/beads/{bead}"):
        stranger.goto(path)
        until_live(stranger)
        expect(stranger.get_by_role("heading", level=1)).to_be_visible()
        buttons = stranger.get_by_role("button").evaluate_all(
            "(all) => all.map((each) => each.ariaLabel || each.textContent.trim())"
        )
        more = {each for each in buttons if not each.startswith("Notifications: ")} - offered - views
        assert not more, f"{path} offers {more}"
