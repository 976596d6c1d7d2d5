"""What a run has read, changed and committed, told from its results."""

from collections.abc import Iterable
from dataclasses import dataclass

from loom_app.actions.results import COMMITTING, ActionResult

_CHANGING = frozenset({
    "write_file", "edit_code", "apply_patch", "move_file", "rename_file", "delete_file", "git_checkout",
    "rename_symbol", "extract_method", "inline_variable", "add_log", "add_breakpoint",
})  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """Paths read and changed, commits (short hash) and work items filed, each once and in order."""

    read: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    beads: tuple[str, ...] = ()


def progress_of(results: Iterable[ActionResult]) -> Progress:
    """The progress that these results amount to. Those of a whole run may come from the record."""
    read: dict[str, None] = {}
    changed: dict[str, None] = {}
    commits: dict[str, None] = {}
    beads: dict[str, None] = {}
    for result in results:
        if result.status != "executed":
            continue
        facts = result.metadata
        if result.action_type == "read_file":
            read[str(facts.get("path"))] = None
        elif result.action_type in _CHANGING:
            changed.update(dict.fromkeys(facts.get("files") or [str(facts.get("path"))]))
        elif result.action_type in COMMITTING and facts.get("commit"):
            commits[str(facts["commit"])[:10]] = None
        elif result.action_type == "create_bead":
            beads[str(facts.get("bead_id"))] = None
    return Progress(tuple(read), tuple(changed), tuple(commits), tuple(beads))
