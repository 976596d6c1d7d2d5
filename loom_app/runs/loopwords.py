"""What a model and people are told of a run that goes in circles: what repeats, quoted, and what else to try."""

import json
from collections import Counter
from collections.abc import Sequence

from loom_app.actions.clipping import inline
from loom_app.runs.loops import Finding, Mark, Stall
from loom_app.runs.traces import Done

QUOTED = 160
MOST_NAMED = 4

_TRY = {
    Stall.NOTHING: "Stop looking around: make the change you think is right and test it, or say what you miss.",
    Stall.REPEATED: "Its result will not change by itself: do something that changes it, or go another way.",
    Stall.ERROR: "Read the message again and deal with its cause: another form of the same attempt will not.",
    Stall.REREAD: "You have these texts above: use them, and make the next change.",
    Stall.RETEST: "Nothing that is tested has changed since: change something first.",
    Stall.REWRITTEN: "Run it or test it before you write it anew.",
    Stall.UNMOVED: "The cause lies elsewhere: take the last change back, find out where the failure really comes from.",
    Stall.BACK_AND_FORTH: "Settle for one of the two, and find out by a test which one is right.",
    Stall.FAULT: "Answer with one JSON object as described at the beginning.",
}
_WHAT = {
    Stall.NOTHING: "{turns} turns have brought nothing new, {quoted} among them",
    Stall.REPEATED: "{quoted} has given the same result again and again ({times} times without anything new)",
    Stall.ERROR: "{times} attempts have met the same error: {error}",
    Stall.REREAD: "the same things have been read over and over: {named}",
    Stall.RETEST: "{quoted} has been run {times} times more without any change between",
    Stall.REWRITTEN: "{files} has been written anew {times} times without being run or tested",
    Stall.UNMOVED: "{turns} turns of changes have left the result of {quoted} exactly as it was: {error}",
    Stall.BACK_AND_FORTH: "{files} has been changed back and forth between the same contents {times} times",
    Stall.FAULT: "{times} replies could not be read",
}
_FIRMLY = (
    "This has gone on too long. Do one of these now, and nothing of the above again:\n"
    "- make a change of another kind than those so far, and test it;\n"
    "- ask_followup: ask a person one exact question, with what you found;\n"
    "- escalate_ceo: say what stands in the way and what you tried.\n"
    "A few more turns like the last ones, and the run is ended."
)


def told_model(finding: Finding, told: str, *, firmly: bool) -> str:
    """The next message of a run that stands still: the warning first, then what it was to hear anyway."""
    stall = _stall(finding.stalled)
    if not firmly:
        return f"## You go in circles\n\n{_said(finding)}. {_TRY[stall]}\n\n{told}"
    return f"## Stop and think\n\n{_said(finding)}.\n\n{told}\n\n## What to do now\n\n{_FIRMLY}"


def told_people(finding: Finding) -> str:
    """Why such a run was ended, in a sentence."""
    return f"The run went in circles, was told so, and went on: {_small(_said(finding))}."


def _said(finding: Finding) -> str:
    marks = finding.stalled
    stall = _stall(marks)
    of = [mark.done for mark in marks if mark.stall is stall and mark.done]
    facts = {
        "turns": len(marks), "times": sum(mark.stall is stall for mark in marks), "quoted": _most(of),
        "named": _named(of), "files": _files(of), "error": _error(of),
    }  # fmt: skip
    round_ = _round(marks)
    said = _WHAT[stall].format_map(facts) + (f". It goes round: {round_}" if round_ else "")
    return said[:1].upper() + said[1:]


def _stall(marks: Sequence[Mark]) -> Stall:
    """In which way most of the turns brought nothing; the more telling one of two."""
    counts = Counter(mark.stall for mark in marks)
    return max(counts, key=lambda stall: (counts[stall], stall), default=Stall.NOTHING)


def _round(marks: Sequence[Mark]) -> str:
    """The different actions of a cycle of two to four, "" where it is none."""
    asked = [mark.done.as_asked() for mark in marks if mark.done]
    for length in (2, 3, 4):
        last = asked[-length:]
        if len(set(last)) == length and len(asked) >= 2 * length and asked[-2 * length : -length] == last:
            return " → ".join(_quoted(mark.done) for mark in marks[-length:] if mark.done)
    return ""


def _most(of: Sequence[Done]) -> str:
    """The action that was done most often."""
    counts = Counter(done.as_asked() for done in of)
    most = max(counts, key=lambda asked: counts[asked], default="")
    return next((_quoted(done) for done in of if done.as_asked() == most), "the last step")


def _quoted(done: Done) -> str:
    shown = [value for value in done.parameters.values() if isinstance(value, str | int) and value != ""]
    what = " ".join(" ".join(str(value).split())[:QUOTED] for value in shown[:1]) or json.dumps(dict(done.parameters))
    return inline(f"{done.type} {what}".strip()[:QUOTED])


def _named(of: Sequence[Done]) -> str:
    names = list(dict.fromkeys(_quoted(done) for done in of))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _files(of: Sequence[Done]) -> str:
    paths = dict.fromkeys(path for done in of for path in (done.digests or {str(done.parameters.get("path", "")): ""}))
    return ", ".join(inline(path) for path in list(paths)[:MOST_NAMED] if path) or "The same file"


def _error(of: Sequence[Done]) -> str:
    """The last line that says something of the newest of them."""
    for done in reversed(of):
        text = done.message if done.status != "executed" else _output(done)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            return f"“{(lines[0] if done.status != 'executed' else lines[-1])[:QUOTED]}”"
    return "the same as before"


def _output(done: Done) -> str:
    return "\n".join(str(done.metadata.get(name) or "") for name in ("stdout", "output", "stderr"))


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
