"""The components written in JavaScript, as Reflex sees them."""

from typing import Any

import reflex as rx

DND = "@hello-pangea/dnd@18.0.1"


class _Local(rx.NoSSRComponent):
    """A component of a file beside this one; the files it imports are shared with it."""

    @classmethod
    def create(cls, *children: Any, **props: Any) -> rx.Component:
        """The component, its neighbours put where its imports find them."""
        return super().create(*children, **props)


REST = rx.asset("rest.js", shared=True)


class Board(_Local):
    """The Kanban board. `events` and `since` come from Live; `may_write` lets cards be moved."""

    library = rx.asset("board.jsx", shared=True).importable_path
    tag = "Board"
    lib_dependencies: list[str] = [DND]
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class BeadView(_Local):
    """One bead and its runs, turn by turn."""

    library = rx.asset("bead_view.jsx", shared=True).importable_path
    tag = "BeadView"
    bead_id: rx.Var[str]
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
