"""The first page: how to begin, and afterwards what goes on."""

import reflex as rx

from loom_app.ui import parts, provider_desk, shell
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.events import Said
from loom_app.ui.pages.home.plan_shown import epics, holding
from loom_app.ui.pages.home.rows import LiveRun, Waiting
from loom_app.ui.pages.home.state import HomeState
from loom_app.ui.shell_state import Shell

__all__ = ["HomeState", "page"]


def page() -> rx.Component:
    """The overview, or the way to begin while no provider is registered."""
    return shell.frame(
        "Home",
        parts.when_loaded(HomeState.loaded, rx.cond(HomeState.first_run, _begin(), _overview())),
    )


def _begin() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2("See it work"),
            rx.el.p(
                "The demo makes a small git repository with a failing test suite, eight beads that depend on each "
                "other and a team of agents. A script plays the model, labelled ",
                rx.el.span("demo model", class_name="loom-demo"),
                "; all the rest is the real thing. It takes about a minute and costs nothing.",
                class_name="loom-sub",
            ),
            rx.cond(
                Shell.may_write_projects,
                rx.el.button(
                    rx.cond(HomeState.loading_demo, "Loading the demo…", "Load the demo"),
                    type="button", class_name="loom-button is-main", on_click=HomeState.load_demo,
                    disabled=HomeState.loading_demo,
                ),
                _ask_somebody(),
            ),
            class_name="loom-panel",
        ),
        rx.el.section(
            rx.el.h2("Connect your model"),
            rx.el.p(
                "Any OpenAI-compatible address will do: TokenHub, vLLM, llama.cpp or a service. It is asked for one "
                "short answer at once, so that you know whether it works.",
                class_name="loom-sub",
            ),
            rx.cond(Shell.may_write_providers, provider_desk.form(), _ask_somebody()),
            class_name="loom-panel",
        ),
        class_name="loom-grid is-begin",
    )  # fmt: skip


def _ask_somebody() -> rx.Component:
    return rx.el.p("You may look but not change anything. Ask an administrator to do this.", class_name="loom-quiet")


def _overview() -> rx.Component:
    return rx.el.div(
        rx.cond(HomeState.projects == 0, _next_step()),
        _tiles(),
        rx.el.div(
            rx.el.div(_runs(), epics(), _latest(), class_name="loom-stack"),
            rx.el.div(_decisions(), holding(), _spend(), class_name="loom-stack"),
            class_name="loom-two",
        ),
        class_name="loom-stack",
    )


def _next_step() -> rx.Component:
    told = rx.el.p(
        "A model is connected. Next: ", Go.create("make a project", to="/projects"),
        ", give it agents and a first bead.",
        class_name="loom-hint",
    )  # fmt: skip
    return shell.for_members(told)


def _tiles() -> rx.Component:
    counts = HomeState.counts
    tiles = (
        ("open", "○", "Open", counts.open), ("in_progress", "◐", "In progress", counts.in_progress),
        ("blocked", "◇", "Blocked", counts.blocked), ("done", "●", "Done", counts.done),
    )  # fmt: skip
    return rx.el.div(
        *[
            Go.create(
                rx.el.span(rx.el.span(mark, aria_hidden="true"), " ", word, class_name="loom-tile-word"),
                rx.el.span(count, class_name="loom-tile-count"),
                to="/board",
                class_name=f"loom-tile is-{kind}",
            )
            for kind, mark, word, count in tiles
        ],
        class_name="loom-tiles",
    )


def _runs() -> rx.Component:
    return parts.section(
        "At work now",
        rx.cond(
            HomeState.runs,
            rx.el.ul(rx.foreach(HomeState.runs, _run), class_name="loom-list"),
            rx.el.p(
                "No agent is at work. They take open beads by themselves, most urgent first.", class_name="loom-empty"
            ),
        ),
    )  # fmt: skip


def _run(run: LiveRun) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(run.agent, class_name="loom-agent is-working"),
            Go.create(run.title, to=f"/beads/{run.bead_id}"),
            parts.demo(run.is_demo),
            class_name="loom-row",
        ),
        rx.el.p(
            "Turn ", run.turn, ", ", run.cost, " so far, began ", Ago.create(at=run.since), class_name="loom-quiet"
        ),
        key=run.id,
    )


def _decisions() -> rx.Component:
    return parts.section(
        "Waits for you",
        rx.cond(
            HomeState.decisions,
            rx.el.ul(rx.foreach(HomeState.decisions, _decision), class_name="loom-list"),
            rx.el.p("No decision waits.", class_name="loom-empty"),
        ),
    )


def _decision(asked: Waiting) -> rx.Component:
    return rx.el.li(
        rx.el.p(Go.create(asked.title, to=f"/decisions?id={asked.id}")),
        rx.el.p("Risk ", asked.risk, ", asked ", Ago.create(at=asked.asked_at), class_name="loom-quiet"),
        key=asked.id,
    )


def _spend() -> rx.Component:
    spend = HomeState.spend
    return parts.section(
        "Spent so far",
        rx.cond(
            spend.runs > 0,
            rx.el.div(
                rx.el.p(spend.cost, class_name="loom-figure"),
                rx.el.p(spend.tokens, class_name="loom-quiet"),
                rx.el.p(
                    rx.el.span(spend.runs, rx.cond(spend.runs == 1, " run", " runs")), parts.demo(Shell.has_demo),
                    class_name="loom-quiet loom-row",
                ),
                rx.cond(
                    spend.unpriced > 0,
                    rx.el.p(spend.unpriced, " of them without a known price", class_name="loom-quiet"),
                ),
            ),
            rx.el.p("Nothing yet: no run has begun.", class_name="loom-empty"),
        ),
    )  # fmt: skip


def _latest() -> rx.Component:
    return parts.section(
        "Latest",
        rx.cond(
            HomeState.events,
            rx.el.ol(rx.foreach(HomeState.events, _event), class_name="loom-list is-tight"),
            rx.el.p("Nothing has happened yet.", class_name="loom-empty"),
        ),
        extra=Go.create("All activity", to="/activity"),
    )


def _event(said: Said) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.strong(said.who), " ", said.before,
            rx.cond(said.href, Go.create(said.subject, to=said.href), rx.el.span(said.subject)),
            said.after,
        ),
        Ago.create(at=said.at),
        key=said.seq,
    )  # fmt: skip
