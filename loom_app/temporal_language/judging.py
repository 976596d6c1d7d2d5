"""Whether an instruction may be carried out, and what it would do, before anything is done."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from loom_app.config import TemporalLanguage
from loom_app.kernel.errors import LoomError
from loom_app.temporal_language import durations
from loom_app.temporal_language.grammar import Instruction, Kind
from loom_app.temporal_language.offers import ACTIVITIES, EVERYTHING, QUERIES, SIGNALS, WORKFLOWS, Offer

USUAL_TIMEOUT = {Kind.ACTIVITY: 120.0}
WORKFLOW_TIMEOUT = 300.0


def offer_of(instruction: Instruction) -> Offer | None:
    """What the instruction would start; None where it starts nothing, or nothing there is."""
    name = str(instruction.keys.get("TYPE", instruction.name))
    if instruction.kind == Kind.ACTIVITY:
        return ACTIVITIES.get(instruction.name)
    return WORKFLOWS.get(name if instruction.kind == Kind.SCHEDULE else instruction.name)


def timeout_of(instruction: Instruction) -> float:
    """Seconds its work may take."""
    given = instruction.keys.get("TIMEOUT")
    return USUAL_TIMEOUT.get(instruction.kind, WORKFLOW_TIMEOUT) if given is None else durations.seconds(given)


def fault_of(instruction: Instruction, of: TemporalLanguage) -> str:
    """Why nobody could have this carried out, in a sentence; "" when it is sound."""
    if instruction.kind in (Kind.WORKFLOW, Kind.SCHEDULE, Kind.ACTIVITY):
        return _fault_of_start(instruction, of)
    if instruction.kind == Kind.QUERY:
        return _one_of("TYPE", str(instruction.keys.get("TYPE")), QUERIES)
    return _one_of("NAME", str(instruction.keys.get("NAME")), SIGNALS) if instruction.kind == Kind.SIGNAL else ""


def refusal_of(instruction: Instruction, rights: Collection[str]) -> str:
    """Why an agent with these rights may not have it carried out, in a sentence; "" when it may."""
    if not rights:
        return "Your role may not use the <temporal> language. Go on without, or ask a person."
    offer = offer_of(instruction)
    if offer is None or offer.name in rights:
        return ""
    return f"Your role may not use {offer.name}. It may use {', '.join(sorted(rights))}."


def would_do(instruction: Instruction) -> str:
    """What it would do, in a sentence."""
    offer = offer_of(instruction)
    name, keys = instruction.name, instruction.keys
    if instruction.kind == Kind.SCHEDULE:
        every = durations.written(keys["INTERVAL"]) if keys.get("INTERVAL") else "?"
        return (
            f"Sets up the schedule {name}: {offer.name if offer else '?'} every {every}. {offer.what if offer else ''}"
        )
    if offer is not None:
        waits = " and waits for its result" if keys.get("WAIT") or instruction.kind == Kind.ACTIVITY else ""
        return f"Starts {offer.name}{waits}. {offer.what}"
    return _PLAIN[instruction.kind].format(name=name, type=keys.get("TYPE"), signal=keys.get("NAME"))


_PLAIN: Mapping[Kind, str] = {
    Kind.WORKFLOW: "Starts nothing.",
    Kind.SCHEDULE: "Sets up nothing.",
    Kind.ACTIVITY: "Starts nothing.",
    Kind.QUERY: "Asks {name} for its {type}.",
    Kind.SIGNAL: "Tells {name}: {signal}.",
    Kind.CANCEL: "Ends the workflow or schedule {name}.",
    Kind.LIST: "Lists the project's schedules and the latest workflows of its agents.",
}


def _fault_of_start(instruction: Instruction, of: TemporalLanguage) -> str:
    offer = offer_of(instruction)
    if offer is None:
        return _unknown(instruction)
    try:
        wanted = offer.read(instruction.keys.get("INPUT"))
    except LoomError as error:
        return error.message
    seconds = timeout_of(instruction)
    if not 1 <= seconds <= of.most_seconds:
        return f"TIMEOUT must be from 1s to {of.most_seconds:g}s."
    if instruction.kind != Kind.SCHEDULE:
        return ""
    if durations.seconds(instruction.keys.get("INTERVAL") or 0) < of.least_interval_seconds:
        return f"INTERVAL must be at least {of.least_interval_seconds:g}s, so that work does not pile up."
    return "A schedule's INPUT takes no `after`: INTERVAL says when." if getattr(wanted, "wait", 0) else ""


def _unknown(instruction: Instruction) -> str:
    known = ACTIVITIES if instruction.kind == Kind.ACTIVITY else WORKFLOWS
    said = (
        str(instruction.keys.get("TYPE", instruction.name)) if instruction.kind == Kind.SCHEDULE else instruction.name
    )
    word = "activity" if instruction.kind == Kind.ACTIVITY else "workflow"
    near = get_close_matches(said, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    other = EVERYTHING.get(said)
    if other is not None:
        hint = f"{said} is the other kind: write {'ACTIVITY' if said in ACTIVITIES else 'WORKFLOW'}: {said}."
    elif instruction.kind == Kind.SCHEDULE and "TYPE" not in instruction.keys:
        hint = f"Name the workflow it starts in a line TYPE: …, one of {', '.join(WORKFLOWS)}."
    return f"There is no {word} {said[:60]!r}. {hint}"


def _one_of(key: str, said: str, known: Collection[str]) -> str:
    return "" if said in known else f"{key} is {said[:60]!r}. It can be {' or '.join(known)}."
