"""Decisions: what agents ask people, and what was answered."""

import reflex as rx

from loom_app.ui import parts, shell
from loom_app.ui.components.wrapped import Ago, Answer, Go
from loom_app.ui.pages.decisions.rows import DecisionRow
from loom_app.ui.pages.decisions.state import DecisionsState
from loom_app.ui.shell_state import Shell

__all__ = ["DecisionsState", "page"]


def page() -> rx.Component:
    """The open ones first."""
    return shell.frame(
        "Decisions",
        parts.when_loaded(DecisionsState.loaded, rx.el.div(_waiting(), _decided(), class_name="loom-stack")),
        sub="When an agent may not or cannot go on alone it asks here. Its bead waits until somebody answers.",
    )


def _waiting() -> rx.Component:
    return rx.cond(
        DecisionsState.waiting,
        rx.el.div(
            rx.foreach(DecisionsState.waiting, _open),
            rx.el.p(DecisionsState.beyond, class_name="loom-quiet"),
            class_name="loom-stack",
        ),
        rx.el.p(
            "Nothing waits for you. When an agent asks, the number in the navigation tells.", class_name="loom-hint"
        ),
    )  # fmt: skip


def _open(asked: DecisionRow) -> rx.Component:
    return rx.el.article(
        rx.el.header(
            rx.el.h2(asked.title),
            rx.el.span("risk ", asked.risk, class_name=f"loom-status is-risk-{asked.risk}"),
            class_name="loom-head",
        ),
        rx.el.p(asked.question, class_name="loom-prose is-strong"),
        rx.cond(asked.recommendation, rx.el.p("Recommended: ", asked.recommendation, class_name="loom-prose")),
        rx.el.dl(
            parts.fact("Bead", _bead(asked)),
            parts.fact("Asked by", asked.asked_by, Ago.create(at=asked.asked_at)),
            parts.fact("Answer until", rx.el.time(asked.deadline_word, date_time=asked.deadline)),
            parts.fact("If nobody answers", asked.otherwise),
            class_name="loom-facts",
        ),
        rx.cond(
            Shell.may_write_decisions,
            Answer.create(decision_id=asked.id, options=asked.options, by_words=asked.by_words),
            rx.el.p("You may read decisions, not answer them.", class_name="loom-quiet"),
        ),
        class_name="loom-panel",
        key=asked.id,
    )


def _decided() -> rx.Component:
    answered = rx.el.ul(rx.foreach(DecisionsState.decided, _answered), class_name="loom-list")
    shown: rx.Component = rx.cond(DecisionsState.decided, parts.section("Answered", answered))
    return shown


def _answered(asked: DecisionRow) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(asked.title), " ", _bead(asked)),
        rx.el.p(asked.question, class_name="loom-prose is-clipped", title=asked.question),
        rx.el.p(
            rx.el.strong(asked.answer),
            rx.cond(asked.rationale, rx.el.span(": ", asked.rationale)),
        ),
        rx.el.p("By ", asked.decided_by, ", ", Ago.create(at=asked.decided_at), class_name="loom-quiet"),
        key=asked.id,
    )


def _bead(asked: DecisionRow) -> rx.Component:
    return Go.create(asked.bead_id, to=f"/beads/{asked.bead_id}", class_name="loom-id")
