"""The program's one entry: reads the question from the first argument, prints the answer as JSON."""

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.languages import language_of
from loom_app.analysis.sources import Refused

PYTHON: Mapping[str, str] = {
    "find_references": "python_find.references",
    "go_to_definition": "python_find.definitions",
    "find_implementations": "python_find.implementations",
    "rename_symbol": "python_rename.rename",
    "extract_method": "python_extract.extract",
    "inline_variable": "python_inline.inline",
    "add_log": "python_insert.log",
    "add_breakpoint": "python_insert.pause",
    "generate_docs": "python_outline.outline",
}
OTHERS: Mapping[str, str] = {
    "find_references": "by_name.references",
    "go_to_definition": "by_name.definitions",
    "find_implementations": "by_name.implementations",
    "rename_symbol": "renaming.rename",
    "add_log": "inserting.log",
    "add_breakpoint": "inserting.pause",
    "generate_docs": "outline.outline",
}
"""Who answers; only what a question needs is loaded, since each is asked of a new process."""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What is answered to a question: an answer, or why there is none."""
    try:
        return _answer(Asked(**question)).plain()
    except Refused as refused:
        return {"refused": refused.message, "code": refused.code}
    except RecursionError:
        return {
            "refused": "The code is nested too deeply to be analysed. Use search_text and edit_code.",
            "code": "too_deep",
        }


def _answer(asked: Asked) -> Answer:
    language = language_of(asked.path, asked.language)
    if language is None:
        return _called(PYTHON[asked.task], asked)
    if asked.task not in OTHERS:
        raise Refused(
            f"{asked.task} is done for Python alone; {asked.path!r} is {language.name}, where the types that it takes "
            "are not known here. Use edit_code.",
            "no_language",
        )
    return _called(OTHERS[asked.task], asked, language)


def _called(name: str, *arguments: object) -> Answer:
    module, _, function = name.partition(".")
    found: Answer = getattr(import_module(f"loom_app.analysis.{module}"), function)(*arguments)
    return found


def main() -> None:
    """Answer the question of the command line."""
    json.dump(answer(json.loads(sys.argv[-1])), sys.stdout)
