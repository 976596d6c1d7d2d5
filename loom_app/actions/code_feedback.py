"""How models are told of what was found in code and changed in it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from loom_app.actions.clipping import fenced
from loom_app.actions.results import ActionResult

PLACES_CHARACTERS = 6000
OTHERS_CHARACTERS = 1500
Facts = Mapping[str, Any]


def _found(key: str) -> Callable[[ActionResult, Facts], str]:
    def body(result: ActionResult, facts: Facts) -> str:
        parts = [f"{result.message}."]
        if facts.get(key):
            parts.append(_lines(facts[key], PLACES_CHARACTERS, int(facts.get("count", 0))))
        return "\n\n".join([*parts, *_remarks(facts)])

    return body


def _changed(result: ActionResult, facts: Facts) -> str:
    files = ", ".join(str(path) for path in facts.get("files", ())[:20])
    return "\n\n".join([f"{result.message} ({files}).", fenced(str(facts.get("diff", "")), "diff"), *_remarks(facts)])


def _outlined(result: ActionResult, facts: Facts) -> str:
    outline = str(facts.get("outline", ""))
    missing = [f"line {entry.get('line')}: {entry.get('signature')}" for entry in facts.get("missing", ())]
    parts = [f"{result.message}.", fenced(outline[:PLACES_CHARACTERS], "markdown")]
    if missing:
        parts.append("Without documentation:\n" + fenced("\n".join(missing)[:PLACES_CHARACTERS]))
    return "\n\n".join(parts)


def _remarks(facts: Facts) -> Iterable[str]:
    if facts.get("others"):
        yield "The same word stands here too, and nothing ties it to this:\n" + _lines(
            facts["others"], OTHERS_CHARACTERS, int(facts.get("others_count", 0))
        )
    yield from (str(note) for note in facts.get("notes", ()))


def _lines(places: Iterable[Mapping[str, Any]], most: int, count: int) -> str:
    shown, used = [], 0
    for place in places:
        line = f"{place.get('path')}:{place.get('line')}:{place.get('column')}: {place.get('text', '')}"
        used += len(line) + 1
        if used > most:
            break
        shown.append(line)
    left = count - len(shown)
    return fenced("\n".join(shown)) + (f"\nand {left} more" if left > 0 else "")


BODIES: Mapping[str, Callable[[ActionResult, Facts], str]] = {
    "find_references": _found("references"),
    "go_to_definition": _found("definitions"),
    "find_implementations": _found("implementations"),
    "generate_docs": _outlined,
    **dict.fromkeys(("rename_symbol", "extract_method", "inline_variable", "add_log", "add_breakpoint"), _changed),
}
"""By the type of action."""
