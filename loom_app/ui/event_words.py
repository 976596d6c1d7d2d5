"""How each type of event is told to people."""

from collections.abc import Callable
from typing import Any

from loom_app.events.catalogue import CATALOGUE

STATUS_WORDS = {"open": "Open", "in_progress": "In progress", "blocked": "Blocked", "done": "Done"}


def _moved(data: dict[str, Any]) -> str:
    to = STATUS_WORDS.get(str(data.get("to")), str(data.get("to", "")))
    return f"moved {{}} to {to}" if to else "changed the status of {}"


def _provider(data: dict[str, Any]) -> str:
    if data.get("status") in ("active", "healthy"):
        return "found {} working"
    if data.get("status") in ("error", "failed"):
        return "found {} not answering"
    return "changed the provider {}"


def _fired(data: dict[str, Any]) -> str:
    did = {"skipped": "found its work under way", "no_target": "found nobody for it", "error": "could not act"}
    return "had the motivation {} fire" + (f" and {did[said]}" if (said := str(data.get("result"))) in did else "")


def _ended(data: dict[str, Any]) -> str:
    words = {"waiting": "set {} aside until a person answers", "cancelled": "stopped the run of {}"}
    reason = str(data.get("reason", "")).replace("_", " ")
    return words.get(str(data.get("status")), f"saw a run of {{}} end: {reason}")


def _resolved(data: dict[str, Any]) -> str:
    words = {"expired": "let the default hold for {}", "cancelled": "took back the question {}"}
    return words.get(str(data.get("status")), "answered {}")


def _given(data: dict[str, Any]) -> str:
    return f"gave {{}} to {data.get('agent') or 'an agent'}"


def _persona(data: dict[str, Any]) -> str:
    words = {"changed_on_disk": "found the persona {} changed on disk", "restored": "took the persona {} back"}
    broken = ", and cannot read it any more" if data.get("problem") else ""
    return words.get(str(data.get("cause")), "changed the persona {}") + broken


BY_DATA: dict[str, Callable[[dict[str, Any]], str]] = {
    "bead.status_change": _moved,
    "motivation.fired": _fired,
    "run.claimed": _given,
    "run.ended": _ended,
    "decision.resolved": _resolved,
    "persona.updated": _persona,
    "provider.updated": _provider,
    "bootstrap.step_changed": lambda data: (
        f"saw the step {data.get('step', '')} of {{}} come to {data.get('step_status', '')}"
    ),
    "user.role_changed": lambda data: f"made {{}} {data.get('role', '')} instead of {data.get('previous', '')}",
    "project.member_added": lambda data: (
        f"let {data.get('username', '')} see the project {{}} as {data.get('role', '')}"
    ),
    "project.readiness_changed": lambda data: (
        "found {} in order for work"
        if data.get("state") == "ready"
        else f"found {{}} not in order: {', '.join(data.get('messages', []))}"
    ),
    "project.host_met": lambda data: f"met {data.get('host', '')} for the first time for {{}}",
    "project.host_pinned": lambda data: f"pinned the key of {data.get('host', '')} for {{}}",
    "project.host_forgotten": lambda data: f"forgot the key of {data.get('host', '')} for {{}}",
    "project.member_removed": lambda data: f"let {data.get('username', '')} see the project {{}} no more",
}
"""How types are told whose words depend on the data; {} is where the subject stands."""


def words(type_: str, data: dict[str, Any]) -> str:
    """How an event is told, with {} where its subject stands; one that is no longer known, by its name."""
    told, known = BY_DATA.get(type_), CATALOGUE.get(type_)
    if told:
        return told(data)
    return known.words if known else f"{type_.replace('.', ' ').replace('_', ' ')}: {{}}"
