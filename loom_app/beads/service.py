"""What other rooms may ask of beads. Every function takes the open transaction first and never commits."""

from loom_app.beads.blocked import explain, explain_all
from loom_app.beads.bulk import update_all
from loom_app.beads.closing import check_closable
from loom_app.beads.creation import create, draft
from loom_app.beads.deletion import remove
from loom_app.beads.dependencies import add_dependency, change_dependency, remove_dependency
from loom_app.beads.editing import keep_in_context, update
from loom_app.beads.epics import under_way
from loom_app.beads.history import changing, importing, last_change
from loom_app.beads.holders import names
from loom_app.beads.holding import holding_most
from loom_app.beads.lookup import exists, get, get_to_change, no_such_bead
from loom_app.beads.moves import pass_to, redispatch, set_status, start
from loom_app.beads.ready import is_ready, ready, ready_among, ready_page
from loom_app.beads.repository import hidden_among, ids_below, known_ids, links_from, links_to
from loom_app.beads.settling import may_be_held_by, settle, settle_all
from loom_app.beads.undo import undo
from loom_app.beads.wip import full_in_progress, limited, wait_turns

__all__ = [
    "add_dependency",
    "change_dependency",
    "changing",
    "check_closable",
    "create",
    "draft",
    "exists",
    "explain",
    "explain_all",
    "full_in_progress",
    "get",
    "get_to_change",
    "hidden_among",
    "holding_most",
    "ids_below",
    "importing",
    "is_ready",
    "keep_in_context",
    "known_ids",
    "last_change",
    "limited",
    "links_from",
    "links_to",
    "may_be_held_by",
    "names",
    "no_such_bead",
    "pass_to",
    "ready",
    "ready_among",
    "ready_page",
    "redispatch",
    "remove",
    "remove_dependency",
    "set_status",
    "settle",
    "settle_all",
    "start",
    "under_way",
    "undo",
    "update",
    "update_all",
    "wait_turns",
]
