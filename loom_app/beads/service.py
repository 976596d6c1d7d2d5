"""What other rooms may ask of beads. Every function takes the open transaction first and never commits."""

from loom_app.beads.blocked import explain, explain_all
from loom_app.beads.creation import create, draft
from loom_app.beads.dependencies import add_dependency, remove_dependency
from loom_app.beads.editing import update
from loom_app.beads.lookup import get, no_such_bead
from loom_app.beads.moves import parse_status, redispatch, set_status, start
from loom_app.beads.ready import blocked_ids, is_ready, ready
from loom_app.beads.repository import hidden_among, ids_below, known_ids, links_from, links_to
from loom_app.beads.wip import full_in_progress, limited

__all__ = [
    "add_dependency",
    "blocked_ids",
    "create",
    "draft",
    "explain",
    "explain_all",
    "full_in_progress",
    "get",
    "hidden_among",
    "ids_below",
    "is_ready",
    "known_ids",
    "limited",
    "links_from",
    "links_to",
    "no_such_bead",
    "parse_status",
    "ready",
    "redispatch",
    "remove_dependency",
    "set_status",
    "start",
    "update",
]
