"""The frame around every page for those who are signed in."""

import reflex as rx
from reflex.style import color_mode, set_color_mode

from loom_app.ui import parts
from loom_app.ui.components.wrapped import Bell, Every, Faults, Go, NavLink, SearchKeys, SignOut
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell

LOOK_SECONDS = 5
PLACES = (
    ("/", "Home", "house"),
    ("/inbox", "Inbox", "inbox"),
    ("/repl", "Ask", "message-circle-question"),
    ("/decisions", "Decisions", "circle-help"),
    ("/search", "Search", "search"),
    ("/activity", "Activity", "history"),
)
GROUPS = (
    (
        "Work",
        ("/board", "Board", "square-kanban"),
        ("/graph", "Graph", "waypoints"),
        ("/projects", "Projects", "folder-git-2"),
    ),
    ("Team", ("/agents", "Agents", "bot"), ("/personas", "Personas", "scroll"), ("/org-chart", "Org chart", "network")),
    (
        "Automation",
        ("/motivations", "Motivations", "zap"),
        ("/workflows", "Workflows", "workflow"),
        ("/temporal", "Schedules", "calendar-clock"),
        ("/webhooks", "Webhooks", "webhook"),
    ),
    (
        "Money and models",
        ("/analytics", "Analytics", "chart-line"),
        ("/budgets", "Budgets", "wallet"),
        ("/providers", "Providers", "plug"),
    ),
)
"""Headings of the navigation and what stands under each."""
SYSTEM = (("/system", "System", "activity"), ("/logs", "Logs", "text-search"))
ADMIN_PLACES = (
    ("/users", "Users", "users"),
    ("/audit", "Audit", "scroll-text"),
    ("/backups", "Backups", "database-backup"),
)
"""Shown to administrators alone."""


def frame(title: str, *content: rx.Component, actions: rx.Component | None = None, sub: str = "") -> rx.Component:
    """A page called `title` with its content; `actions` stand beside the heading, `sub` says what the page is for."""
    words = [rx.el.h1(title), *([rx.el.p(sub, class_name="loom-sub")] if sub else [])]
    head = rx.el.header(rx.el.div(*words), *([actions] if actions else []), class_name="loom-head")
    return bare(head, *content)


def bare(*content: rx.Component) -> rx.Component:
    """The frame around content that brings its own heading."""
    return rx.el.div(
        rx.el.a("Skip to the content", href="#content", class_name="loom-skip"),
        _navigation(),
        Faults.create(may_report=Shell.may_write_beads),
        Every.create(seconds=LOOK_SECONDS, on_tick=Shell.look),
        SearchKeys.create(),
        rx.el.main(_open_door(), *content, id="content", class_name="loom-main", tab_index=-1),
        class_name="loom-shell",
    )


def _open_door() -> rx.Component:
    words = "Signing in is switched off: whoever reaches this address is an administrator."
    return rx.cond(Shell.is_open, rx.el.p(words, class_name="loom-fault-line", role="status"))


def for_administrators(content: rx.Component) -> rx.Component:
    """The content, or for everybody else a sentence that says whose page this is."""
    refused = rx.el.div(
        rx.el.h2("This page is for administrators"),
        rx.el.p(
            f"You are signed in as {Shell.name}, who does not have the permission system:admin. "
            "Ask an administrator to do this for you or to change your role.",
            class_name="loom-sub",
        ),
        Go.create("Go home", to="/", class_name="loom-button"),
        class_name="loom-panel loom-refused",
    )
    shown: rx.Component = rx.cond(Shell.may_administer, content, rx.cond(Shell.entered, refused, parts.waiting()))
    return shown


def for_members(content: rx.Component, own: rx.Component | str = "") -> rx.Component:
    """The content, or for who sees no project yet the next step; `own` says how to make a project where not usual."""
    making = own or Go.create("make one of your own", to="/projects")
    unseen = rx.el.p(
        "You see no project yet. Ask a project’s owner or an administrator to add you as ",
        rx.el.strong(Shell.name),
        rx.cond(Shell.may_write_projects, rx.fragment(", or ", making)),
        ".",
        class_name="loom-hint",
    )
    shown: rx.Component = rx.cond(Shell.sees_projects, content, unseen)
    return shown


def _navigation() -> rx.Component:
    administrators = rx.cond(Shell.may_administer, rx.fragment(*[_place(*place) for place in ADMIN_PLACES]))
    return rx.el.nav(
        rx.el.div(
            rx.el.a(
                rx.el.img(src="/loom.svg", alt="", width="24", height="24"), rx.el.span("Loom"),
                href="/", class_name="loom-brand", aria_label="Loom, home",
            ),
            Bell.create(events=Live.window, since=Live.since),
            class_name="loom-top",
        ),
        rx.el.div(
            *[_place(*place) for place in PLACES],
            *[_group(word, *[_place(*place) for place in places]) for word, *places in GROUPS],
            _group("Loom itself", *[_place(*place) for place in SYSTEM], administrators),
            class_name="loom-places",
        ),
        _live(),
        _user(),
        class_name="loom-nav",
        aria_label="Main",
    )  # fmt: skip


def _group(word: str, *places: rx.Component) -> rx.Component:
    name = f"nav-{word.lower().replace(' ', '-')}"
    return rx.el.div(
        rx.el.span(word, id=name, class_name="loom-places-head"),
        *places,
        role="group",
        aria_labelledby=name,
        class_name="loom-places-group",
    )


def _place(to: str, word: str, icon: str) -> rx.Component:
    waiting = rx.cond(
        Shell.open_decisions > 0,
        rx.el.span(Shell.open_decisions, class_name="loom-badge", aria_label=f"{Shell.open_decisions} open"),
    )
    extra = [waiting] if to == "/decisions" else []
    return NavLink.create(rx.icon(icon, size=17, aria_hidden="true"), rx.el.span(word), *extra, to=to)


def _live() -> rx.Component:
    lines = (
        (Shell.provider_word, Shell.provider_tone, "/providers"),
        (Shell.agents_word, Shell.agents_tone, "/agents"),
        (Shell.machine_word, Shell.machine_tone, "/system"),
    )
    rows = [
        NavLink.create(rx.el.span(class_name=f"loom-dot is-{tone}", aria_hidden="true"), rx.el.span(word), to=to)
        for word, tone, to in lines
    ]
    demo = rx.cond(
        Shell.has_demo, rx.el.span("demo model", class_name="loom-demo", title="The demo’s agents play a script.")
    )
    return rx.el.div(
        rx.cond(Shell.entered, rx.fragment(*rows, demo)),
        class_name="loom-live",
        role="status",
        aria_label="Live status",
    )


def _user() -> rx.Component:
    theme = rx.el.select(
        rx.el.option("Auto", value="system"), rx.el.option("Light", value="light"),
        rx.el.option("Dark", value="dark"),
        value=color_mode, on_change=set_color_mode, aria_label="Theme", class_name="loom-theme",
    )  # fmt: skip
    return rx.el.div(
        NavLink.create(
            rx.icon("circle-user-round", size=17, aria_hidden="true"),
            rx.el.span(Shell.name, class_name="loom-name", title=Shell.name),
            rx.el.span("My account", class_name="loom-unseen"),
            to="/account",
        ),
        theme,
        SignOut.create(),
        class_name="loom-user",
    )
