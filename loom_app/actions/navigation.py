"""The actions that look at code: uses, definitions, implementations, and what lacks documentation."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.analysing import Analysis, Place, analyse
from loom_app.actions.context import ActionContext
from loom_app.actions.kinds.navigation import FindImplementations, FindReferences, GenerateDocs, GoToDefinition
from loom_app.actions.results import ActionResult, executed

MOST_PLACES = 200
MOST_OTHERS = 20
Lookup = FindReferences | GoToDefinition | FindImplementations
_FOUND = {
    "find_references": ("references", "reference"),
    "go_to_definition": ("definitions", "definition"),
    "find_implementations": ("implementations", "implementation"),
}


async def look_up(action: Lookup, context: ActionContext) -> ActionResult:
    """The places of a name's uses, definitions or implementations; `by` says how they were found."""
    found = await analyse(
        context,
        action.name,
        action.path,
        symbol=action.symbol.strip(),
        line=action.line,
        column=action.column,
        language=action.language,
    )
    several, one = _FOUND[action.name]
    facts = {several: _listed(found.places[:MOST_PLACES]), **remarks(found)}
    return executed(
        action,
        f"Found {found.count} {one if found.count == 1 else several}",
        ends=None,
        path=action.path,
        symbol=action.symbol,
        count=found.count,
        truncated=found.count > MOST_PLACES,
        **facts,
    )


async def generate_docs(action: GenerateDocs, context: ActionContext) -> ActionResult:
    """The outline of a file and what in it lacks documentation. Nothing is written: only who knows the code can."""
    found = await analyse(context, action.name, action.path)
    missing = found.facts.get("missing", [])
    message = f"{len(missing)} of {found.facts.get('names', 0)} public names of {action.path} lack documentation"
    if missing:
        style = f" in the style {action.doc_format}" if action.doc_format else ""
        message += f"; read the code and write it{style} with edit_code"
    return executed(action, message, path=action.path, outline=found.facts.get("outline", ""), missing=missing)


def remarks(found: Analysis) -> dict[str, Any]:
    """What an answer's reader must know of how far it goes."""
    told: dict[str, Any] = {"by": found.by, "notes": found.notes}
    if found.others_count:
        told |= {"others": _listed(found.others[:MOST_OTHERS]), "others_count": found.others_count}
    return told


def _listed(places: list[Place]) -> list[dict[str, Any]]:
    return [place.model_dump(exclude_defaults=True) for place in places]


HANDLERS: Mapping[str, Any] = {**dict.fromkeys(_FOUND, look_up), "generate_docs": generate_docs}
