"""System Status: every program, provider and queue, and what went wrong last."""

import reflex as rx

from loom_app.ui import parts, provider_desk, shell
from loom_app.ui.components.wrapped import Ago, Every, Go
from loom_app.ui.pages.system.rows import FaultRow, ProcessRow, ProviderRow
from loom_app.ui.pages.system.state import SystemState
from loom_app.ui.provider_desk import ProviderDesk
from loom_app.ui.shell_state import Shell

__all__ = ["SystemState", "page"]

LOOK_SECONDS = 3


def page() -> rx.Component:
    """The whole page."""
    return shell.frame(
        "System status",
        parts.when_loaded(
            SystemState.loaded,
            rx.el.div(
                _unconfined(), _processes(), _providers(), _queue(), _faults(), _foundations(), class_name="loom-stack"
            ),
        ),
        provider_desk.dialog(),
        Every.create(seconds=LOOK_SECONDS, on_tick=SystemState.look),
        sub="Whether everything that carries the work is well.",
    )


def _unconfined() -> rx.Component:
    shown: rx.Component = rx.cond(
        SystemState.confined,
        rx.fragment(),
        rx.el.p(
            rx.el.strong("Commands of agents run without walls. "), SystemState.confinement,
            class_name="loom-fault-line", role="alert",
        ),
    )  # fmt: skip
    return shown


def _table(label: str, heads: tuple[str, ...], rows: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
            rx.el.tbody(rows),
            class_name="loom-table",
            aria_label=label,
        ),
        class_name="loom-scroll",
        tab_index=0,
        role="region",
        aria_label=label,
    )


def _processes() -> rx.Component:
    link = rx.cond(
        SystemState.temporal_ui,
        rx.el.a("Open Temporal’s own pages", href=SystemState.temporal_ui, target="_blank", rel="noreferrer"),
    )
    heads = ("Program", "State", "Process id", "Restarts", "Last exit", "Since")
    return parts.section(
        "Programs",
        rx.cond(
            SystemState.processes,
            _table("Programs", heads, rx.foreach(SystemState.processes, _process)),
            rx.el.p(
                "This web process was started on its own, so nobody watches the other programs. ",
                rx.el.code("make run"), " starts and watches all of them.", class_name="loom-empty",
            ),
        ),
        extra=link,
    )  # fmt: skip


def _process(process: ProcessRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.strong(process.name)),
        rx.el.td(parts.status(process.state, rx.cond(process.state == "running", "good", process.state))),
        rx.el.td(rx.el.code(process.pid)),
        rx.el.td(process.restarts),
        rx.el.td(rx.cond(process.last_exit, process.last_exit, parts.none("–"))),
        rx.el.td(Ago.create(at=process.since, never="–")),
        key=process.name,
    )


def _providers() -> rx.Component:
    heads = ("Provider", "Status", "Model", "Latency", "Last heard", "Requests", "")
    none = rx.el.p(
        "No provider is registered, so agents rest. ",
        rx.cond(
            Shell.may_write_providers,
            rx.fragment("Register one here, or load the demo on the ", Go.create("first page", to="/"), "."),
            "Ask somebody who may change providers to register one.",
        ),
        class_name="loom-hint",
    )
    return parts.section(
        "Providers",
        rx.cond(SystemState.providers, _table("Providers", heads, rx.foreach(SystemState.providers, _provider)), none),
        extra=rx.el.div(
            rx.cond(Shell.may_write_providers, parts.button("Register a provider", ProviderDesk.ask)),
            Go.create("Evidence and models", to="/providers", class_name="loom-button"),
            class_name="loom-row",
        ),
    )  # fmt: skip


def _provider(provider: ProviderRow) -> rx.Component:
    checking = ProviderDesk.checking == provider.id
    changes = rx.el.div(
        parts.button(
            rx.cond(checking, "Checking…", "Check now"), ProviderDesk.check(provider.id), f"Check {provider.name} now",
            disabled=checking,
        ),
        parts.button("Edit", ProviderDesk.edit(provider.id), f"Edit {provider.name}"),
        class_name="loom-row is-nowrap",
    )  # fmt: skip
    return rx.el.tr(
        rx.el.td(
            rx.el.strong(provider.name), " ", parts.demo(provider.is_demo),
            rx.el.div(rx.el.code(provider.endpoint), class_name="loom-quiet"),
            rx.cond(provider.error, rx.el.p(provider.error, class_name="loom-fault-line")),
        ),
        rx.el.td(parts.status(provider.status)),
        rx.el.td(provider.model),
        rx.el.td(provider.latency),
        rx.el.td(Ago.create(at=provider.seen)),
        rx.el.td(provider.requests),
        rx.el.td(rx.cond(Shell.may_write_providers, changes)),
        key=provider.id,
    )  # fmt: skip


def _queue() -> rx.Component:
    queue = SystemState.queue
    figures = (
        ("Ready to be taken up", queue.ready), ("In progress", queue.in_progress),
        ("Open, waiting for other beads or a time", queue.waiting), ("Blocked", queue.blocked),
    )  # fmt: skip
    return parts.section(
        "Queue",
        rx.el.dl(
            *[parts.fact(word, rx.el.strong(count)) for word, count in figures], class_name="loom-facts is-figures"
        ),
        rx.cond(
            queue.reason,
            rx.el.p("Ready beads wait: ", queue.reason, class_name="loom-reason", role="status"),
            rx.el.p("Nothing holds up dispatch.", class_name="loom-quiet"),
        ),
    )


def _faults() -> rx.Component:
    return parts.section(
        "Last errors",
        rx.cond(
            SystemState.faults,
            rx.el.ul(rx.foreach(SystemState.faults, _fault), class_name="loom-list"),
            rx.el.p("No run has failed and every provider answers.", class_name="loom-empty"),
        ),
    )


def _fault(fault: FaultRow) -> rx.Component:
    return rx.el.li(
        rx.el.p(Go.create(fault.title, to=fault.href), " ", parts.status(fault.word), " ", Ago.create(at=fault.at)),
        rx.el.p(fault.message, class_name="loom-prose is-clipped", title=fault.message),
        key=fault.id,
    )


def _foundations() -> rx.Component:
    return parts.section(
        "Foundations",
        rx.el.dl(
            parts.fact("Commands of agents", SystemState.confinement),
            parts.fact("Database", rx.el.code(SystemState.database)),
            parts.fact("Event log", SystemState.events),
            parts.fact("Temporal", rx.el.code(SystemState.temporal_at)),
            class_name="loom-facts is-column",
        ),
    )
