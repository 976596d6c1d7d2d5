"""Conditions about what happened: which events of the log they want, and what stands for each as a cause. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loom_app.events.record import EventRecord
from loom_app.motivations.models import Condition
from loom_app.motivations.parameters import Completed, Decided, FromOutside, Moved, OfBeads, Parameters

RISKS = ("low", "medium", "high", "critical")
KEPT = ("title", "from", "to", "reason", "kind", "risk", "question", "action", "number", "repository", "url", "author")
"""What of an event's data is kept as evidence."""
LONGEST = 300


@dataclass(frozen=True)
class Kind:
    """Which types of events a condition wants, and what stands for one of them however often it is told."""

    types: tuple[str, ...]
    cause: Callable[[EventRecord], str]


def _event(event: EventRecord) -> str:
    return f"event:{event.seq}"


def _subject(event: EventRecord) -> str:
    return f"{event.type}:{event.subject_id}"


def _outside(event: EventRecord) -> str:
    """The same for every delivery that tells of the same thing."""
    data = event.data
    which = data.get("number") or data.get("tag") or data.get("url") or data.get("delivery") or event.seq
    return f"{event.type}:{data.get('repository', '')}#{which}"[:LONGEST]


def _delivery(event: EventRecord) -> str:
    data = event.data
    return f"{event.type}:{data.get('url') or data.get('delivery') or event.seq}"[:LONGEST]


KINDS: Mapping[Condition, Kind] = {
    Condition.BEAD_CREATED: Kind(("bead.created",), _subject),
    Condition.BEAD_STATUS_CHANGED: Kind(("bead.status_change",), _event),
    Condition.BEAD_COMPLETED: Kind(("bead.completed",), _event),
    Condition.DECISION_PENDING: Kind(("decision.created",), _subject),
    Condition.DECISION_RESOLVED: Kind(("decision.resolved",), _subject),
    Condition.RELEASE_PUBLISHED: Kind(("external.release",), _outside),
    Condition.GITHUB_ISSUE_OPENED: Kind(("external.github_issue",), _outside),
    Condition.GITHUB_COMMENT_ADDED: Kind(("external.github_comment",), _delivery),
    Condition.GITHUB_PR_OPENED: Kind(("external.github_pr",), _outside),
    Condition.WEBHOOK_RECEIVED: Kind(("external.webhook", "external.push", "external.check_suite"), _delivery),
}
ACTIONS: Mapping[Condition, frozenset[str]] = {
    Condition.RELEASE_PUBLISHED: frozenset({"published", "released"}),
    Condition.GITHUB_ISSUE_OPENED: frozenset({"opened"}),
    Condition.GITHUB_COMMENT_ADDED: frozenset({"created"}),
    Condition.GITHUB_PR_OPENED: frozenset({"opened"}),
}
"""What has to be done there, where an event is told for other things, too."""
TYPES = frozenset(type_ for kind in KINDS.values() for type_ in kind.types)
"""The types of events that any condition wants."""
OF_TYPE = {type_: condition for condition, kind in KINDS.items() for type_ in kind.types}


@dataclass(frozen=True)
class BeadFacts:
    """What is known of the bead that an event is about. `depth`: how far a motivation is behind it, 0 for none."""

    type: str = ""
    priority: int = 4
    ends_milestone: bool = False
    depth: int = 0


NOTHING = BeadFacts()


def wants(condition: Condition, given: Parameters, event: EventRecord, bead: BeadFacts) -> bool:
    """Whether an event is one that the condition means."""
    actions = ACTIONS.get(condition)
    if actions is not None and event.data.get("action", next(iter(sorted(actions)))) not in actions:
        return False
    if isinstance(given, FromOutside):
        return _from_there(given, event)
    if isinstance(given, Decided):
        return given.risk is None or _at_least(event.data.get("risk"), given.risk)
    return isinstance(given, OfBeads) and _such_a_bead(given, event, bead)


def _from_there(given: FromOutside, event: EventRecord) -> bool:
    data = event.data
    asked = ((given.repository, data.get("repository")), (given.action, data.get("action")))
    named = (given.event, str(data.get("event", event.type.partition(".")[2])))
    return all(not wanted or str(said).casefold() == wanted.casefold() for wanted, said in (*asked, named))


def _at_least(risk: Any, least: str) -> bool:
    return risk in RISKS and RISKS.index(risk) >= RISKS.index(least)


def _such_a_bead(given: OfBeads, event: EventRecord, bead: BeadFacts) -> bool:
    if (given.bead_type and bead.type != given.bead_type) or (
        given.priority is not None and bead.priority > given.priority
    ):
        return False
    if isinstance(given, Completed):
        return bead.ends_milestone or not given.milestone_only
    if isinstance(given, Moved):
        to, came = event.data.get("to"), event.data.get("from")
        return given.target_status in (None, to) and given.from_status in (None, came)
    return True


def evidence_of(event: EventRecord) -> dict[str, Any]:
    """What is kept of an event, short."""
    told = {name: event.data[name] for name in KEPT if event.data.get(name) not in (None, "")}
    short = {name: value[:LONGEST] if isinstance(value, str) else value for name, value in told.items()}
    return {"event": event.id, "seq": event.seq, "type": event.type, "subject": event.subject_id, **short}


def in_words(evidence: Mapping[str, Any]) -> str:
    """An event's evidence as the end of a sentence."""
    what = evidence.get("title") or evidence.get("question") or evidence.get("subject") or evidence.get("type")
    number = f" #{evidence['number']}" if evidence.get("number") else ""
    return f"{what}{number}"[:200]
