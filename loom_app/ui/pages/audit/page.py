"""The audit log: who did what, when, from where; for administrators."""

import reflex as rx

from loom_app.ui import forms, parts, shell
from loom_app.ui.components.people import Export, Verify
from loom_app.ui.components.wrapped import Go
from loom_app.ui.pages.audit import table
from loom_app.ui.pages.audit.asked import KINDS
from loom_app.ui.pages.audit.state import AuditState
from loom_app.ui.shell_state import Shell

__all__ = ["AuditState", "page"]


def page() -> rx.Component:
    """Filters, then entries, newest first."""
    return shell.frame(
        "Audit log",
        shell.for_administrators(
            parts.when_loaded(AuditState.loaded, rx.el.div(_filters(), _entries(), class_name="loom-stack"))
        ),
        actions=rx.cond(Shell.may_administer, _take()),
        sub="Everything that changed, by whom and from where. Entries are chained: none can be altered unnoticed.",
    )


def _take() -> rx.Component:
    links = [
        Export.create(f"Export {word}", format=format_, query=AuditState.export_query)
        for format_, word in (("csv", "CSV"), ("jsonl", "JSON lines"))
    ]
    return rx.el.div(Verify.create(), *links, class_name="loom-row loom-take")


def _filters() -> rx.Component:
    of = AuditState.filters
    return rx.el.form(
        forms.entry("Who", "actor", default_value=of["actor"], placeholder="User name or id", max_length=200),
        forms.choice("What", "kind", list(KINDS), default_value=of["kind"]),
        forms.entry("About", "subject", default_value=of["subject"], placeholder="Id of bead, user, …", max_length=200),
        forms.entry("Project", "project", default_value=of["project"], placeholder="Id", max_length=200),
        forms.entry("From", "since", type="date", default_value=of["since"]),
        forms.entry("Until", "until", type="date", default_value=of["until"]),
        rx.el.div(
            forms.submit("Filter"),
            rx.cond(AuditState.is_filtered, Go.create("Clear", to="/audit", class_name="loom-button")),
            class_name="loom-row",
        ),
        on_submit=AuditState.filter,
        class_name="loom-form loom-panel loom-audit-filters",
        aria_label="Filters",
        key=AuditState.newest_href,
    )


def _entries() -> rx.Component:
    none = rx.el.p(
        rx.cond(AuditState.is_filtered, "Nothing fits these filters.", "Nothing has happened yet."),
        class_name="loom-empty",
    )
    return rx.el.section(
        rx.cond(AuditState.entries, table.entries(AuditState.entries), none),
        rx.el.footer(
            rx.cond(AuditState.begins_later, Go.create("Newest", to=AuditState.newest_href, class_name="loom-button")),
            rx.cond(AuditState.older_href, Go.create("Older", to=AuditState.older_href, class_name="loom-button")),
            class_name="loom-row",
        ),
        class_name="loom-panel",
        aria_label="Entries",
    )
