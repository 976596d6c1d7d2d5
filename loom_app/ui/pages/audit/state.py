"""What the audit page keeps."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import repository as users
from loom_app.events.visibility import GUARDED
from loom_app.ui import forms
from loom_app.ui.gate import handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.audit import asked
from loom_app.ui.pages.audit.rows import MOST, AuditRow, newest
from loom_app.ui.runtime import runtime


class AuditState(rx.State):
    """One page of entries and the filters in the address."""

    loaded: bool = False
    entries: list[AuditRow] = []
    filters: dict[str, str] = {}
    is_filtered: bool = False
    begins_later: bool = False
    """Whether newer entries than these were left out."""
    newest_href: str = "/audit"
    older_href: str = ""
    export_query: str = ""

    @handler("system:admin", quiet=True)
    async def load(self) -> None:
        """The entries that the address asks for."""
        query = self.router.url.query_parameters
        filters, before = asked.asked(query), asked.number(query.get("before"))
        async with runtime().db.read() as tx:
            wanted = asked.wanted(filters, await _named(tx, filters.get("actor", "")))
            found = await newest(tx, wanted, before)
        self.entries, self.filters = found[:MOST], {name: filters.get(name, "") for name in asked.FIELDS}
        self.is_filtered, self.begins_later = bool(filters), before is not None
        self.newest_href = asked.address(filters)
        last = found[MOST - 1].said.seq if len(found) > MOST else None
        self.older_href = asked.address(filters, before=last) if last else ""
        self.export_query = urlencode(asked.exported(wanted))
        self.loaded = True

    @handler("system:admin", quiet=True)
    async def filter(self, form: dict[str, Any]) -> Any:
        """Goes to the address that asks for what the form says."""
        given = {name: forms.text(form, name) for name in asked.FIELDS}
        return rx.redirect(asked.address(asked.asked(given)))


async def _named(tx: AsyncSession, actor: str) -> str:
    """The id of the user called so; what is no user's name is an id already."""
    found = await users.by_name(tx, actor) if actor else None
    return found.id if found else actor


reload_on("/audit", (*[f"{source}." for source in sorted(GUARDED)], "project.member_"), AuditState.load)
