"""Every kind of change that can be proposed."""

from collections.abc import Mapping

from loom_app.kernel.actor import Actor
from loom_app.repl.changing import beads, others
from loom_app.repl.changing.kind import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for room in (beads, others) for kind in room.KINDS}


def offered(actor: Actor) -> dict[str, Kind]:
    """The kinds whose permission `actor` has."""
    return {name: kind for name, kind in KINDS.items() if actor.may(kind.permission)}
