"""Entries of the audit log as a list, for every page that shows some."""

import reflex as rx

from loom_app.ui import parts
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.pages.audit.rows import AuditRow


def entries(rows: rx.Var[list[AuditRow]] | list[AuditRow]) -> rx.Component:
    """Newest first; each opens to show all that is kept of it."""
    return rx.el.ol(rx.foreach(rows, _entry), class_name="loom-list loom-entries")


def _entry(row: AuditRow) -> rx.Component:
    said = row.said
    behalf = rx.cond(row.on_behalf_of, rx.el.span(" for ", row.on_behalf_of))
    who = rx.cond(row.who_href, Go.create(rx.el.strong(said.who), to=row.who_href), rx.el.strong(said.who))
    subject = rx.cond(said.href, Go.create(said.subject, to=said.href), rx.el.span(said.subject))
    return rx.el.li(
        rx.el.span(who, behalf, " ", said.before, subject, said.after),
        Ago.create(at=said.at),
        rx.el.details(
            rx.el.summary(f"Number {said.seq}, {row.type}"),
            rx.el.dl(
                parts.fact("When", rx.el.time(said.at, date_time=said.at)),
                _known("Request", row.request_id),
                _known("From", row.address),
                _known("API key", row.key_id),
                class_name="loom-facts",
            ),
            rx.cond(row.data, rx.el.pre(row.data, class_name="loom-code", tab_index=0)),
            class_name="loom-fold",
        ),
        key=said.seq,
    )


def _known(term: str, value: str) -> rx.Component:
    shown: rx.Component = rx.cond(value, parts.fact(term, rx.el.code(value)))
    return shown
