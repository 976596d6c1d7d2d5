"""The names models use for an action: the types themselves, the short verbs, and what is not offered here."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from loom_app.actions.types import CORE

VERBS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "scope": ("read_tree", {"max_depth": 2}),
        "tree": ("read_tree", {"max_depth": 3}),
        "list_files": ("read_tree", {"max_depth": 3}),
        "read": ("read_file", {}),
        "read_code": ("read_file", {}),
        "search": ("search_text", {}),
        "edit": ("edit_code", {}),
        "edit_file": ("edit_code", {}),
        "write": ("write_file", {}),
        "create_file": ("write_file", {}),
        "patch": ("apply_patch", {}),
        "delete": ("delete_file", {}),
        "move": ("move_file", {}),
        "rename": ("rename_file", {}),
        "test": ("run_tests", {}),
        "lint": ("run_linter", {}),
        "build": ("build_project", {}),
        "bash": ("run_command", {}),
        "shell": ("run_command", {}),
        "commit": ("git_commit", {}),
        "git_branches": ("git_list_branches", {}),
        "close": ("close_bead", {}),
        "escalate": ("escalate_ceo", {}),
        "ask": ("ask_followup", {}),
        "finish": ("done", {}),
        "send_message": ("send_agent_message", {}),
        "approve": ("approve_bead", {}),
        "reject": ("reject_bead", {}),
        "delegate": ("delegate_task", {}),
        "references": ("find_references", {}),
        "definition": ("go_to_definition", {}),
        "find_definition": ("go_to_definition", {}),
        "implementations": ("find_implementations", {}),
        "extract_function": ("extract_method", {}),
        "outline": ("generate_docs", {}),
        "get_pr": ("fetch_pr", {}),
        "comment_pr": ("add_pr_comment", {}),
        "open_pr": ("create_pr", {}),
        "pull_request": ("create_pr", {}),
    }
)
"""Each other name for an action, with the fields it stands for where they are not given."""

_PUBLISHED = "Your commits are published when the work item is done, tested on top of what is there by then."
_CLEARED = "Loom removes a run's branch by itself once its work has landed; other branches are people's to remove."
_WORKFLOW = (
    "It belongs to a workflow tool outside Loom. Loom leads the work itself: do what the bead asks, then answer done, "
    "after which it is tested, and reviewed where the project wants that."
)

NOT_OFFERED: Mapping[str, str] = MappingProxyType(
    {
        "git_push": _PUBLISHED,
        "push": _PUBLISHED,
        "git_branch_delete": _CLEARED,
        **dict.fromkeys(
            ("start_development", "whats_next", "proceed_to_phase", "conduct_review", "resume_workflow"), _WORKFLOW
        ),
    }
)
"""Actions of other Looms, and what does the job here."""


def canonical(name: str) -> str:
    """A name as it is looked up: `Read-File` and `read_file` are one."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def resolve(name: str) -> tuple[str, Mapping[str, Any]] | None:
    """The action a name stands for and the fields it brings, or None."""
    word = canonical(name)
    return (word, {}) if word in CORE else VERBS.get(word)


def is_about_actions(name: str) -> bool:
    """Whether a name is an action's, one not offered, or nearly one: then the JSON around it was meant as actions."""
    word = canonical(name)
    return resolve(word) is not None or word in NOT_OFFERED or bool(_nearest(word))


def is_a_type(name: str) -> bool:
    """Whether a name is a whole type, offered here or not, rather than a short verb that may be any word."""
    word = canonical(name)
    return word in CORE or word == "read_code" or ("_" in word and (word in NOT_OFFERED or bool(_nearest(word))))


def why_not(name: str) -> str:
    """What to tell a model that asked for an action there is not."""
    word = canonical(name)
    if word in NOT_OFFERED:
        return f"the action {word!r} is not offered here. {NOT_OFFERED[word]}"
    near = _nearest(word)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no action {name[:60]!r}.{meant} The actions are: {', '.join(CORE)}."


@lru_cache(maxsize=500)
def _nearest(word: str) -> list[str]:
    return get_close_matches(word[:40], [*CORE, *VERBS], n=1, cutoff=0.75)
