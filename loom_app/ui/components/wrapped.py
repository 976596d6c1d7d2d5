"""The components written in JavaScript, as Reflex sees them."""

from typing import Any

import reflex as rx

DND = "@hello-pangea/dnd@18.0.1"
SHARED = [rx.asset(name, shared=True) for name in ("rest.js", "fresh.js", "ago.jsx")]
"""What the components import from beside them."""


class Board(rx.NoSSRComponent):
    """The Kanban board. `events` and `since` come from Live; `may_write` lets cards be moved."""

    library = rx.asset("board.jsx", shared=True).importable_path
    tag = "Board"
    lib_dependencies: list[str] = [DND]
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class BeadView(rx.NoSSRComponent):
    """One bead, named by the page's address, and its runs, turn by turn."""

    library = rx.asset("bead_view.jsx", shared=True).importable_path
    tag = "BeadView"
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class Ago(rx.Component):
    """How long ago the moment `at` (RFC 3339) was; `never` is said for an empty one."""

    library = rx.asset("ago.jsx", shared=True).importable_path
    tag = "Ago"
    at: rx.Var[str]
    never: rx.Var[str]


class Dialog(rx.Component):
    """A modal dialog around its children while `open`."""

    library = rx.asset("dialog.jsx", shared=True).importable_path
    tag = "Dialog"
    open: rx.Var[bool]
    title: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class SignIn(rx.NoSSRComponent):
    """Name and password, then on to the page that was asked for."""

    library = rx.asset("auth_form.jsx", shared=True).importable_path
    tag = "SignIn"


class SetUp(rx.NoSSRComponent):
    """The first account, for whoever holds the set-up link."""

    library = rx.asset("auth_form.jsx", shared=True).importable_path
    tag = "SetUp"


class NavLink(rx.Component):
    """A link of the navigation that knows whether its page is open."""

    library = rx.asset("frame.jsx", shared=True).importable_path
    tag = "NavLink"
    to: rx.Var[str]


class SignOut(rx.Component):
    """Ends the session of this browser."""

    library = rx.asset("frame.jsx", shared=True).importable_path
    tag = "SignOut"


class Answer(rx.Component):
    """Answers one decision: in words when it asks for them, else by one of its options and a reason."""

    library = rx.asset("answer.jsx", shared=True).importable_path
    tag = "Answer"
    decision_id: rx.Var[str]
    options: rx.Var[list[str]]
    by_words: rx.Var[bool]


class Every(rx.Component):
    """Calls `on_tick` every so many seconds while the page is looked at."""

    library = rx.asset("every.jsx", shared=True).importable_path
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class Go(rx.Component):
    """A link to another page of ours, opened without loading everything again."""

    library = rx.asset("frame.jsx", shared=True).importable_path
    tag = "Go"
    to: rx.Var[str]
