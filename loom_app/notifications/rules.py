"""Of what whom is told: one rule a line of the table. Pure: an event in, words and whom they concern out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from loom_app.events.event_type import CRITICAL, HIGH, LOW, NORMAL, Priority
from loom_app.events.record import EventRecord

Said = Callable[[EventRecord], str]
OF_RISK: Mapping[str, Priority] = {"low": NORMAL, "medium": HIGH, "high": CRITICAL, "critical": CRITICAL}
URGENT = 0
"""The priority of beads that is the most urgent."""


class Whom(StrEnum):
    """Whom an event concerns."""

    ASSIGNED = "assigned"
    """The person it was given to."""
    ANSWERING = "answering"
    """The person a decision was given to, else the project's members."""
    REQUESTER = "requester"
    """The person who asked."""
    MENTIONED = "mentioned"
    """The people named behind an @ who see the project."""
    MEMBERS = "members"
    """The project's members; its administrators when it has none."""
    OWNERS = "owners"
    """The project's owners; administrators when it has none, or when it is of no project."""
    ADDED = "added"
    """The person who may see the project from now on."""
    PRIVATE = "private"
    """The one person whose eyes it is for, else as OWNERS."""


@dataclass(frozen=True)
class Rule:
    """`{who}`, `{title}`, `{project}` and names of the event's data may stand in `says` and `message`."""

    name: str
    event: str
    whom: Whom
    says: str
    because: str
    """Why somebody sees it, as the end of "You see this because"."""
    cause: str
    message: str = ""
    link: str = ""
    priority: Priority | Callable[[EventRecord], Priority] = NORMAL
    when: Callable[[EventRecord], bool] = bool
    needs_action: bool = False

    def urgency(self, event: EventRecord) -> Priority:
        """How urgent it is."""
        return self.priority(event) if callable(self.priority) else self.priority


def of_bead(event: EventRecord) -> Priority:
    """As urgent as the bead is."""
    return (CRITICAL, HIGH, NORMAL)[event.data["priority"]] if event.data.get("priority") in (0, 1, 2) else LOW


def of_risk(event: EventRecord) -> Priority:
    """As urgent as the decision is risky."""
    return OF_RISK.get(str(event.data.get("risk")), HIGH)


def fails(event: EventRecord) -> bool:
    """Whether a run came to nothing."""
    return event.data.get("status") in ("failed", "lost")


def is_down(event: EventRecord) -> bool:
    """Whether a provider no longer answers."""
    return event.data.get("status") in ("error", "failed") and event.data.get("previous") != event.data.get("status")


def is_blocked(event: EventRecord) -> bool:
    """Whether no work is given out in a project any more."""
    return event.data.get("state") == "block"


def is_moved(event: EventRecord) -> bool:
    """Whether a bead belongs to another project from now on."""
    changes = event.data.get("changes") if event.type == MOVED else None
    return isinstance(changes, dict) and "to" in (changes.get("project_id") or {})


BEAD, DECISION = "/beads/{subject}", "/decisions?id={decision_id}"
PROJECT = "/projects/{project_id}"
RULES: tuple[Rule, ...] = (
    Rule("Bead assigned to you", "bead.assigned", Whom.ASSIGNED, "{who} gave you {title}",
         "the bead is yours to do", "bead:{subject}:assigned", link=BEAD, priority=HIGH, needs_action=True),
    Rule("Bead filed for you", "bead.created", Whom.ASSIGNED, "{who} filed {title} for you",
         "the bead is yours to do", "bead:{subject}:assigned", link=BEAD, priority=of_bead, needs_action=True),
    Rule("Critical bead", "bead.created", Whom.MEMBERS, "A critical bead: {title}",
         "you are a member of {project} and the bead is P0", "bead:{subject}:urgent", link=BEAD, priority=CRITICAL,
         when=lambda event: event.data.get("priority") == URGENT),
    Rule("Mention", "bead.comment_created", Whom.MENTIONED, "{who} mentioned you on {title}",
         "a comment names you", "comment:{comment_id}", message="{content}", link=BEAD, priority=HIGH),
    Rule("Mention", "bead.comment_updated", Whom.MENTIONED, "{who} mentioned you on {title}",
         "a comment names you", "comment:{comment_id}", message="{content}", link=BEAD, priority=HIGH),
    Rule("Conflict in a bead", "bead.conflict_found", Whom.OWNERS, "Two values for {field} of {title}",
         "you look after {project}, and a person has to choose", "conflict:{conflict_id}", link=BEAD, priority=HIGH,
         needs_action=True),
    Rule("Decision", "decision.created", Whom.ANSWERING, "{title}", "the decision waits for you or a colleague",
         "decision:{decision_id}", message="{question}", link=DECISION, priority=of_risk, needs_action=True),
    Rule("Decision passed on to you", "decision.delegated", Whom.ANSWERING, "{who} passed on to you: {title}",
         "the decision waits for you or a colleague", "decision:{decision_id}", message="{note}", link=DECISION,
         priority=of_risk, needs_action=True),
    Rule("Word on a decision", "decision.commented", Whom.ANSWERING, "{who} said something on: {title}",
         "the decision waits for you or a colleague", "decision:{decision_id}", message="{content}", link=DECISION,
         priority=of_risk, needs_action=True),
    Rule("Your question is answered", "decision.resolved", Whom.REQUESTER, "Answered: {title}",
         "you asked for the decision", "answer:{decision_id}", message="{decision} {rationale}", link=DECISION),
    Rule("Run failed", "run.ended", Whom.OWNERS, "A run of {title} failed", "you look after {project}",
         "run:{subject}", message="{message}", link=BEAD, priority=HIGH, when=fails),
    Rule("Taking back failed", "run.revert_refused", Whom.OWNERS, "{title} could not be taken back",
         "you look after {project}", "revert:{subject}", message="{message}", link=BEAD, priority=HIGH,
         needs_action=True),
    Rule("Pull request failed", "pull_request.failed", Whom.OWNERS, "The pull request of {title} cannot go on",
         "you look after {project}", "pull_request:{pull_request_id}", message="{problem}", link=BEAD, priority=HIGH,
         needs_action=True),
    Rule("Pull request closed", "pull_request.closed", Whom.OWNERS, "The pull request of {title} was closed unmerged",
         "you look after {project}", "pull_request:{pull_request_id}", message="{reason}", link=BEAD, priority=HIGH),
    Rule("Project cannot work", "project.readiness_changed", Whom.OWNERS, "No work is given out in {project}",
         "you look after {project}", "readiness:{project_id}", message="{messages}", link=PROJECT, priority=CRITICAL,
         when=is_blocked, needs_action=True),
    Rule("Tests fail on the branch", "project.branch_red", Whom.OWNERS, "Tests fail on {branch} of {project}",
         "you look after {project}", "branch:{project_id}", message="{message}", link=PROJECT, priority=HIGH,
         needs_action=True),
    Rule("Patch refused", "project.patch_refused", Whom.REQUESTER, "Your patch could not land in {project}",
         "you sent the patch", "patch:{patch_id}", message="{reason}", link=PROJECT, priority=HIGH),
    Rule("Milestone missed", "milestone.missed", Whom.OWNERS, "The date of {name} went by", "you look after {project}",
         "milestone:{subject}", link=PROJECT, priority=HIGH),
    Rule("Project opened to you", "project.member_added", Whom.ADDED, "You see {project} now",
         "{who} made you a member", "member:{project_id}", link=PROJECT),
    Rule("Budget nearly used", "budget.alert", Whom.PRIVATE, "{percent} % of a budget of {money} are used",
         "the budget is yours to watch", "budget:{subject}", link="/budgets", priority=HIGH),
    Rule("Budget used up", "budget.reached", Whom.PRIVATE, "A budget of {money} is used up",
         "the budget is yours to watch, and work waits for it", "budget:{subject}", link="/budgets",
         priority=CRITICAL, needs_action=True),
    Rule("Provider down", "provider.updated", Whom.PRIVATE, "The provider {name} does not answer",
         "you look after Loom’s providers", "provider:{subject}", message="{error}", link="/providers",
         priority=CRITICAL, when=is_down, needs_action=True),
    Rule("Provider removed", "provider.deleted", Whom.PRIVATE, "The provider {name} was removed",
         "you look after Loom’s providers", "provider:{subject}", link="/providers", priority=CRITICAL),
    Rule("Webhooks switched off", "webhook.switched_off", Whom.PRIVATE, "Webhooks to {name} were switched off",
         "you look after them", "webhook:{endpoint_id}", message="{problem}", link="/webhooks", priority=HIGH,
         needs_action=True),
    Rule("Copy failed", "backup.failed", Whom.PRIVATE, "The database could not be copied",
         "you look after this installation", "backup", message="{why}", link="/system", priority=CRITICAL,
         needs_action=True),
)  # fmt: skip
BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}
BY_EVENT: Mapping[str, tuple[Rule, ...]] = {
    name: tuple(rule for rule in RULES if rule.event == name) for name in sorted({rule.event for rule in RULES})
}


@dataclass(frozen=True)
class Ending:
    """What settles notifications: of these causes, when that event happens."""

    event: str
    causes: tuple[str, ...]
    words: str
    """What it says of them then."""
    when: Callable[[EventRecord], bool] = bool


OF_BEAD = ("bead:{subject}:assigned", "bead:{subject}:urgent", "run:{subject}", "revert:{subject}")
ENDINGS = (
    Ending("decision.resolved", ("decision:{decision_id}",), "It was answered: {decision}"),
    Ending("bead.assigned", ("bead:{subject}:assigned",), "It was given to somebody else."),
    Ending("bead.completed", OF_BEAD, "The bead is done."),
    Ending("bead.status_change", OF_BEAD, "The bead was closed.",
           when=lambda event: event.data.get("to") == "done"),
    Ending("bead.deleted", OF_BEAD, "The bead was deleted."),
    Ending("bead.conflict_resolved", ("conflict:{conflict_id}",), "One value was chosen."),
    Ending("run.started", ("run:{subject}",), "Another run began."),
    Ending("run.reverted", ("revert:{subject}",), "The work was taken back."),
    Ending("pull_request.merged", ("pull_request:{pull_request_id}",), "It was merged."),
    Ending("pull_request.updated", ("pull_request:{pull_request_id}",), "It goes on."),
    Ending("project.readiness_changed", ("readiness:{project_id}",), "Work is given out again.",
           when=lambda event: not is_blocked(event)),
    Ending("project.branch_green", ("branch:{project_id}",), "The tests pass again."),
    Ending("budget.updated", ("budget:{subject}",), "The budget was changed."),
    Ending("budget.deleted", ("budget:{subject}",), "The budget was removed."),
    Ending("provider.updated", ("provider:{subject}",), "The provider answers again.",
           when=lambda event: event.data.get("status") in ("active", "healthy")),
    Ending("webhook.endpoint_changed", ("webhook:{endpoint_id}",), "It was changed."),
    Ending("webhook.endpoint_deleted", ("webhook:{endpoint_id}",), "It was deleted."),
    Ending("backup.made", ("backup",), "The database was copied."),
    Ending("milestone.updated", ("milestone:{subject}",), "The milestone was changed."),
    Ending("milestone.deleted", ("milestone:{subject}",), "The milestone was removed."),
)  # fmt: skip
ENDINGS_OF: Mapping[str, tuple[Ending, ...]] = {
    name: tuple(one for one in ENDINGS if one.event == name) for name in sorted({one.event for one in ENDINGS})
}
GONE = "project.deleted"
"""With a project what was told of it goes, too."""


CHANGED, MOVED = "decision.updated", "bead.updated"
"""A decision's deadline or risk may differ now; a bead may belong to another project now."""


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def filled(pattern: str, event: EventRecord, **more: str) -> str:
    """`pattern` with what `event` and `more` say; a name that neither knows is empty."""
    data = {name: _word(value) for name, value in event.data.items() if isinstance(name, str)}
    ids = {"subject": event.subject_id or "", "project_id": event.project_id or ""}
    return pattern.format_map(_Blank({**data, **ids, **more})).strip()


def _word(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_word(one) for one in value)
    return "" if value is None else str(value)


def concerns(event: EventRecord) -> bool:
    """Whether `event` may tell somebody something or end what they were told."""
    return event.type in BY_EVENT or event.type in ENDINGS_OF or event.type in (GONE, CHANGED) or is_moved(event)
