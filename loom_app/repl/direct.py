"""What is answered without a model: common questions, by their words, and changes that are named outright."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loom_app.kernel.errors import LoomError, NotFound
from loom_app.projects import service as projects
from loom_app.repl.found import Found, Link
from loom_app.repl.reading.tool import Asking
from loom_app.repl.reading.tools import look, offered

SUGGESTIONS = (
    "What is ready?", "What is blocked, and why?", "Who works on what?", "What did this week cost?",
    "Which decisions wait for me?", "What happened since yesterday?",
)  # fmt: skip
_WORD = re.compile(r"[\w-]+")
_BEAD = re.compile(r"(?<![\w/])([A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_.]+)+)")
_COMMON = """
a about all an and any are be can could did do does for from get give has have how i in is it list me my of on or please
show tell that the there these this to us was we what when where which who why will with would you
"""
_STOP = frozenset(_COMMON.split())


@dataclass(frozen=True)
class Topic:
    """Words that make a question one for a tool."""

    tool: str
    words: re.Pattern[str]
    given: Mapping[str, Any]


def _topic(tool: str, words: str, **given: Any) -> Topic:
    return Topic(tool, re.compile(rf"\b(?:{words})\b", re.IGNORECASE), given)


TOPICS = (
    _topic("list_blocked", r"blocked|blocking|blockers?|stuck|wait(?:s|ing)? for what|held up"),
    _topic("list_decisions", r"decisions?|approv\w+|(?:wait\w*|needs?|asks?) (?:for )?(?:me|us|people|a person|my)"),
    _topic("list_budgets", r"budgets?|ceilings?|allowance"),
    _topic("read_costs", r"costs?|spen[dt]\w*|money|dollars?|expensive|price|bill"),
    _topic("list_ready", r"ready|next|unblocked|to do|backlog"),
    _topic("list_milestones", r"milestones?|deadlines?|due dates?|release"),
    _topic("find_lessons", r"lessons?|learn\w*|taught"),
    _topic("list_providers", r"providers?|models?|endpoints?|llms?"),
    _topic("list_runs", r"live runs|running|runs? (?:are|is) on|in progress|under way", live=True),
    _topic("list_runs", r"runs?|attempts?"),
    _topic("list_agents", r"agents?|team|who|idle|working|paused|busy|staff"),
    _topic("list_events", r"events?|happen\w*|activity|recent\w*|news|today|yesterday|overnight|since|log|changed"),
    _topic("list_projects", r"projects?|repositor\w+|repos?"),
    _topic(
        "read_status", r"status|state|overview|summary|summari\w+|how (?:are|is) (?:we|it|things|everything)|health"
    ),
)


@dataclass(frozen=True)
class Order:
    """A way to name a change outright."""

    words: re.Pattern[str]
    kind: str


def _order(kind: str, words: str) -> Order:
    return Order(re.compile(rf"(?:please\s+)?{words}\s*[.!]?", re.IGNORECASE | re.DOTALL), kind)


_ID = r"(?:bead\s+)?(?P<bead_id>[\w]+-[\w.-]*\w)"
_WHY = r"(?:\s*(?:,|:|because|since|as)\s+(?P<reason>.{1,1000}?))?"
_AGENT = r"(?:agent\s+)?(?P<agent>[^\n:?]{1,100}?)"
_RUN = r"(?:run\s+)(?P<run_id>run-[0-9a-f]+)"
ORDERS = (
    _order("close_bead", rf"(?:close|finish|complete)\s+{_ID}{_WHY}"),
    _order("open_bead", rf"(?:re-?open|open)\s+{_ID}(?:\s+again)?{_WHY}"),
    _order("set_priority", rf"(?:set|make|move)\s+{_ID}\s+(?:to\s+)?(?:priority\s+)?p?(?P<priority>[0-4])"),
    _order("redispatch_bead", rf"(?:re-?dispatch|retry|requeue)\s+{_ID}{_WHY}"),
    _order("assign_bead", rf"(?:assign|give)\s+{_ID}\s+to\s+{_AGENT}"),
    _order("comment_bead", rf"comment\s+(?:on\s+)?{_ID}\s*:\s+(?P<content>.{{1,5000}}?)"),
    _order("cancel_run", rf"(?:stop|cancel|end)\s+{_RUN}"),
    _order("nudge_run", rf"(?:tell|nudge)\s+{_RUN}\s*:\s+(?P<text>.{{1,4000}}?)"),
    _order(
        "answer_decision",
        r"(?:answer|decide)\s+(?:decision\s+)?(?P<decision_id>[\w]+-[\w.-]*\w)\s*:\s+(?P<answer>.{1,2000}?)",
    ),
    _order("pause_agent", rf"pause\s+{_AGENT}"),
    _order("resume_agent", rf"(?:resume|unpause|wake)\s+{_AGENT}"),
)


def ordered(message: str) -> tuple[str, dict[str, Any]] | None:
    """The change that the message is an order for, and its parameters; None for anything else."""
    for order in ORDERS:
        found = order.words.fullmatch(message)
        if found:
            return order.kind, found.groupdict("")
    return None


async def answer(asking: Asking, message: str) -> Found:
    """What the data say to the message: of a bead it names, of the subject its words tell, else what a search finds."""
    for named in dict.fromkeys(_BEAD.findall(message)):
        found = await _try(asking, "read_bead", {"bead_id": named.rstrip(".")})
        if found:
            return found
    project = {"project_id": await _project(asking, message)}
    for topic in TOPICS:
        if topic.words.search(message):
            found = await _try(asking, topic.tool, {**topic.given, **project})
            if found:
                return found
    words = " ".join(word for word in re.findall(r"[^\W_]+", message) if word.lower() not in _STOP)[:200]
    found = await _try(asking, "search_beads", {"query": words}) if words else None
    return found or Found("I do not know what is asked for.", (), [Link("Home", "/")])


async def _try(asking: Asking, tool: str, given: Mapping[str, Any]) -> Found | None:
    """What the tool finds; None where whoever asks may not use it, or there is no such thing."""
    if tool not in offered(asking.actor):
        return None
    try:
        return await look(asking, tool, given)
    except NotFound:
        return None
    except LoomError as error:
        return Found(error.message)


async def _project(asking: Asking, message: str) -> str:
    """The one project that the message names, "" for none or several."""
    if not asking.actor.may("projects:read"):
        return ""
    said = f" {' '.join(_WORD.findall(message.casefold()))} "
    seen = await projects.every(asking.tx, actor=asking.actor)
    named = [one.id for one in seen if any(f" {name.casefold()} " in said for name in (one.id, one.name))]
    return named[0] if len(named) == 1 else ""
