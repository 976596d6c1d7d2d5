"""The audit page: what its address asks for, how entries are told, and page after page without a gap."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from loom_app.auth import tokens
from loom_app.auth.models import User
from loom_app.auth.service import actor_for
from loom_app.auth.sessions import COOKIE
from loom_app.config import Settings
from loom_app.events.catalogue import CATALOGUE
from loom_app.events.models import Event
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.ui import runtime
from loom_app.ui.event_words import BY_DATA, words
from loom_app.ui.pages.audit import asked
from loom_app.ui.pages.audit.rows import LONGEST_DATA, MOST, trail
from loom_app.ui.pages.audit.state import AuditState
from tests.support import people
from tests.support.handlers import Tab


@pytest.fixture(autouse=True)
def using(app: FastAPI, db: Database, vault: Vault, settings: Settings) -> None:
    """The pages on the test's database."""
    runtime.install(runtime.Runtime(db, vault, app.state.keys, settings, app.state.tail))


async def opened(app: FastAPI, user: User, **query: Any) -> Any:
    """The audit page as `user` sees it at an address with that query."""
    tab = Tab(AuditState, f"{COOKIE}={await tokens.issue(app.state.keys, user)}", "/audit")
    tab.router.url.query_parameters = query
    await AuditState.load.fn(tab)
    return tab


async def test_entries_in_words_newest_first(app: FastAPI, db: Database) -> None:
    admin = await people.person(db, "admin")
    vera = await people.person(db, "viewer", "vera")
    async with db.write() as tx:
        append(tx, "user.role_changed", actor=actor_for(admin), subject_id=vera.id, data={"username": "vera", "role": "user", "previous": "viewer"})  # fmt: skip  # noqa: E501
    page = await opened(app, admin)
    first = page.entries[0]
    told = f"{first.said.who} {first.said.before}{first.said.subject}{first.said.after}"
    assert (told, first.said.href, first.who_href) == (
        "admin made vera user instead of viewer", f"/users/{vera.id}", f"/users/{admin.id}",
    )  # fmt: skip
    assert '"previous": "viewer"' in first.data


async def test_older_pages_follow_without_gap_or_repetition(app: FastAPI, db: Database) -> None:
    admin = await people.person(db, "admin")
    async with db.write() as tx:
        for number in range(2 * MOST):
            append(tx, "bead.updated", actor=SYSTEM, subject_id=f"bd-{number}")
    seen: list[int] = []
    query: dict[str, Any] = {}
    while True:
        page = await opened(app, admin, **query)
        seen += [row.said.seq for row in page.entries]
        if not page.older_href:
            break
        query = {"before": page.older_href.partition("before=")[2]}
    async with db.read() as tx:
        assert len(seen) == (await tx.execute(select(func.count()).select_from(Event))).scalar_one()
    assert seen == sorted(set(seen), reverse=True)


async def test_filters_of_the_address_are_kept_in_every_link(app: FastAPI, db: Database) -> None:
    admin = await people.person(db, "admin")
    async with db.write() as tx:
        append(tx, "bead.updated", actor=SYSTEM, subject_id="bd-1")
    page = await opened(app, admin, kind="user,session,key", actor="loom")
    assert {row.said.who for row in page.entries} == {"Loom"}
    assert {row.type for row in page.entries} == {"user.created"}
    assert page.newest_href == "/audit?actor=loom&kind=user%2Csession%2Ckey"
    assert "actor_id=loom" in page.export_query
    assert "user.created" in page.export_query


async def test_a_person_is_found_by_name(app: FastAPI, db: Database) -> None:
    admin = await people.person(db, "admin")
    async with db.write() as tx:
        append(tx, "bead.updated", actor=actor_for(admin), subject_id="bd-1")
    assert [row.type for row in (await opened(app, admin, actor="ADMIN")).entries] == ["bead.updated"]
    assert (await opened(app, admin, actor="nobody")).entries == []


async def test_nobody_but_administrators_gets_an_entry(app: FastAPI, db: Database) -> None:
    page = await opened(app, await people.person(db, "user"))
    assert (page.loaded, page.entries) == (False, [])


async def test_a_trail_is_what_somebody_did_and_what_was_done_to_them(db: Database) -> None:
    vera = await people.person(db, "viewer", "vera")
    await people.person(db, "user", "uma")
    async with db.write() as tx:
        append(tx, "bead.updated", actor=actor_for(vera), subject_id="bd-1", data={"text": "x" * 2 * LONGEST_DATA})
        append(tx, "user.signed_in", actor=actor_for(vera), subject_id=vera.id)
    async with db.read() as tx:
        found = await trail(tx, vera.id, 10)
        shortest = await trail(tx, vera.id, 1)
    assert [row.type for row in found] == ["user.signed_in", "bead.updated", "user.created"]
    assert len(found[1].data) < LONGEST_DATA + 100
    assert [row.type for row in shortest] == ["user.signed_in"]


@given(st.dictionaries(st.sampled_from([*asked.FIELDS, "before", "other"]), st.text() | st.integers()))
def test_any_address_asks_for_something(query: dict[str, Any]) -> None:
    filters = asked.asked(query)
    assert set(filters) <= set(asked.FIELDS)
    wanted = asked.wanted(filters, "")
    assert wanted.types is None or wanted.types
    assert asked.number(query.get("before")) is None or asked.number(query.get("before")) >= 0  # type: ignore[operator]
    assert all(asked.exported(wanted).values())


def test_both_days_are_included() -> None:
    wanted = asked.wanted({"since": "2026-02-28", "until": "2026-02-28"}, "")
    assert (wanted.since, wanted.until) == (datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "9999-12-31", "0", "2026-02-30"])
def test_what_is_no_day_asks_for_none(text: str) -> None:
    assert asked.day(text) is None


def test_words_that_depend_on_the_data_are_of_types_there_are_and_name_the_subject_once() -> None:
    assert set(BY_DATA) <= set(CATALOGUE)
    assert all(words(type_, {}).count("{}") <= 1 for type_ in CATALOGUE)
    assert words("thing.long_gone", {}) == "thing long gone: {}"
