"""Conditions and their parameters in words, for people and for forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loom_app.motivations.models import TYPE_OF, Condition
from loom_app.motivations.parameters import MODELS


@dataclass(frozen=True)
class Said:
    """What a condition is called, and its meaning."""

    name: str
    meaning: str


CONDITIONS: dict[Condition, Said] = {
    Condition.TIME_REACHED: Said("A moment", "Once, when its moment has come."),
    Condition.DEADLINE_APPROACH: Said(
        "A deadline comes near", "Before a milestone or the project is due, once for it."
    ),
    Condition.DEADLINE_PASSED: Said(
        "A deadline has passed", "When the date of a milestone or of the project has gone by, once."
    ),
    Condition.SCHEDULED_INTERVAL: Said("At intervals", "At regular times, by the clock in UTC."),
    Condition.QUARTER_BOUNDARY: Said("A quarter begins", "Once in each quarter, when it begins (UTC)."),
    Condition.MONTH_BOUNDARY: Said("A month begins", "Once in each month, when it begins (UTC)."),
    Condition.BEAD_CREATED: Said("A bead is made", "When a bead is made, besides those motivations make."),
    Condition.BEAD_STATUS_CHANGED: Said("A bead moves", "When a bead comes to another column of the board."),
    Condition.BEAD_COMPLETED: Said("A bead is done", "When a bead is done."),
    Condition.DECISION_PENDING: Said("A decision is asked for", "When somebody asks for a decision."),
    Condition.DECISION_RESOLVED: Said("A decision is answered", "When a decision is answered or its default holds."),
    Condition.RELEASE_PUBLISHED: Said("A release is out", "When a release is published."),
    Condition.GITHUB_ISSUE_OPENED: Said("A GitHub issue", "When GitHub tells of a new issue."),
    Condition.GITHUB_COMMENT_ADDED: Said("A GitHub comment", "When GitHub tells of a new comment."),
    Condition.GITHUB_PR_OPENED: Said("A GitHub pull request", "When GitHub tells of a new pull request."),
    Condition.WEBHOOK_RECEIVED: Said("Another webhook", "When a webhook of any other kind arrives."),
    Condition.COST_EXCEEDED: Said("Costs", "When so much of a budget is used, or a project has cost so much."),
    Condition.COVERAGE_DROPPED: Said("Test coverage", "When the tests of a run report less coverage than is set."),
    Condition.TEST_FAILURE: Said("Tests fail", "When runs in a project end with tests that fail."),
    Condition.VELOCITY_DROP: Said("Fewer beads are finished", "When clearly fewer beads are finished than before."),
    Condition.SYSTEM_IDLE: Said("All of Loom rests", "When nothing happens in any project."),
    Condition.AGENT_IDLE: Said("An agent rests", "When an agent is free for long."),
    Condition.PROJECT_IDLE: Said("A project rests", "When nothing happens in a project."),
}
"""Every condition in words."""

FIELDS: dict[str, Said] = {
    "at": Said("Moment", "When it fires."),
    "interval": Said("Interval", "Such as 1h, 24h or 7d. Days begin at midnight UTC, weeks on Monday."),
    "days_threshold": Said("Days ahead", "How many days before the date it fires."),
    "milestone_type": Said("Kind of milestone", "Only for milestones of this kind."),
    "bead_type": Said("Type of bead", "Only for beads of this type, such as task, bug or feature."),
    "priority": Said("Priority at least", "0 is the most urgent; only beads as urgent as this."),
    "target_status": Said("To", "Only when it comes to this column."),
    "from_status": Said("From", "Only when it was in this column."),
    "milestone_only": Said("Only the last of a milestone", "Only for the bead that was the last unfinished one."),
    "risk": Said("Risk at least", "Only decisions of this risk or a higher one."),
    "repository": Said("Repository", "Only from this one, written owner/name."),
    "action": Said("Action", "Only this action, such as opened."),
    "event": Said("Event", "Only this kind of webhook."),
    "period": Said("Period", "Which budgets are looked at."),
    "threshold_percent": Said("Percent", "From how many percent on."),
    "threshold_usd": Said("Dollars", "What the project has cost in the period, instead of a share of its budget."),
    "failures": Said("Failures in a row", "How many runs in a row must end so."),
    "days": Said("Days", "How many days are compared with as many before."),
    "least": Said("At least before", "With fewer beads finished before than this, nothing is compared."),
    "idle_duration": Said("Rests for", "Such as 30m or 2h. Left empty, what the settings call idle."),
    "task_type": Said("Label", "A label of your own."),
    "note": Said("Note", "For whoever reads the bead it makes."),
    "test_suite": Said("Test suite", "Told in the bead it makes."),
    "test_type": Said("Type of tests", "Told in the bead it makes."),
    "audit_type": Said("Type of audit", "Told in the bead it makes."),
    "sources": Said("Sources", "With commas between them; told in the bead it makes."),
}
"""The parameters of all conditions in words."""

DETAILS: dict[str, Callable[[Any], str]] = {
    "at": lambda at: f"at {at}",
    "interval": lambda length: f"every {length}",
    "days_threshold": lambda days: f"{days} days ahead" if days != 1 else "1 day ahead",
    "milestone_type": lambda type_: f"kind {str(type_).replace('_', ' ')}",
    "bead_type": lambda type_: f"type {type_}",
    "priority": lambda number: f"P{number} or more urgent",
    "target_status": lambda status: f"to {str(status).replace('_', ' ')}",
    "from_status": lambda status: f"from {str(status).replace('_', ' ')}",
    "milestone_only": lambda only: "the last of a milestone" if only else "",
    "risk": lambda risk: f"risk {risk} or higher",
    "repository": lambda name: f"from {name}",
    "action": lambda action: f"action {action}",
    "event": lambda event: f"event {event}",
    "period": str,
    "threshold_percent": lambda percent: f"{percent:g} %" if isinstance(percent, int | float) else "",
    "threshold_usd": lambda dollars: f"${dollars}",
    "failures": lambda count: f"{count} in a row" if count != 1 else "",
    "days": lambda days: f"over {days} days",
    "idle_duration": lambda length: f"for {length}",
}
"""How a parameter that is set is told behind the meaning."""
KINDS = {"integer": "integer", "number": "number", "boolean": "flag", "array": "texts"}
LABELS = ("task_type", "note")
"""Parameters that change nothing about when a condition holds, told last."""
FORMATS = {"duration": "duration", "date-time": "moment"}


def meaning(condition: str, parameters: Mapping[str, Any]) -> str:
    """When a motivation fires, in a sentence: the condition, and the parameters that narrow it."""
    said = CONDITIONS[Condition(condition)].meaning
    details = [DETAILS[name](value) for name, value in parameters.items() if name in DETAILS and value is not None]
    told = [detail for detail in details if detail]
    return f"{said[:-1]}: {', '.join(told)}." if told else said


def described() -> list[dict[str, Any]]:
    """Every condition with its type, its words and its parameters, as forms need them."""
    return [
        {
            "type": TYPE_OF[condition], "condition": condition, "name": said.name, "meaning": said.meaning,
            "parameters": _parameters(condition),
        }
        for condition, said in CONDITIONS.items()
    ]  # fmt: skip


def _parameters(condition: Condition) -> list[dict[str, Any]]:
    schema = MODELS[condition].model_json_schema(mode="validation")
    required = schema.get("required", ())
    known = sorted(schema["properties"].items(), key=lambda named: named[0] in LABELS)
    return [_one(name, _resolved(schema, field), name in required) for name, field in known]


def _resolved(schema: Mapping[str, Any], field: Mapping[str, Any]) -> dict[str, Any]:
    """A field's schema without its alternative null, and with what it refers to."""
    options = [one for one in field.get("anyOf", (field,)) if one.get("type") != "null"]
    found = dict(options[0])
    if "$ref" in found:
        found |= schema["$defs"][found.pop("$ref").rpartition("/")[2]]
    return found | {"default": field.get("default")}


def _one(name: str, field: Mapping[str, Any], required: bool) -> dict[str, Any]:
    kind = FORMATS.get(field.get("format", ""), KINDS.get(field.get("type", ""), "text"))
    return {
        "name": name, "kind": kind, "label": FIELDS[name].name, "hint": FIELDS[name].meaning, "required": required,
        "default": field["default"] or None, "choices": field.get("enum", []), "minimum": field.get("minimum"),
        "maximum": field.get("maximum"),
    }  # fmt: skip
