"""What is worth knowing later of an action, told by what its result holds, so that new kinds are understood too."""

from collections.abc import Iterable, Mapping
from typing import Any

from loom_app.actions.clipping import clip, printable
from loom_app.actions.progress import Progress
from loom_app.actions.results import ActionResult
from loom_app.actions.verdicts import named, read_output
from loom_app.context.gist import Fact

SUBJECT, DETAIL, OUTPUT = 200, 300, 500
_PARTICULAR = ("command", "build_command", "test_pattern", "build_target", "files")
"""Which parameters make one check another one than its type alone."""
_MADE = ("bead_id", "child_bead_id")
_FILES = ("path", "source", "target", "file")
_LOOKING = ("read_", "search_", "find_", "go_to", "generate_", "git_")
"""How the types of those actions begin that change no file."""


def facts_of(result: ActionResult, parameters: Mapping[str, Any]) -> list[Fact]:
    """What is worth knowing of one action, most often one fact."""
    if result.status != "executed":
        of = f"{parameters['path']}: " if parameters.get("path") else ""
        return [Fact("error", result.action_type, _line(f"{of}{result.message}"), ok=False)]
    found = next(filter(None, (reader(result, parameters) for reader in _READERS)), None)
    return found or [Fact("other", result.action_type, _line(result.message))]


def check_name(type_: str, parameters: Mapping[str, Any]) -> str:
    """What tells one check from another: a command by its text, tests by their pattern."""
    given = next((parameters[key] for key in _PARTICULAR if parameters.get(key)), "")
    return f"{type_} {_line(given)}".strip()


def progress_of_facts(facts: Iterable[Fact]) -> Progress:
    """The progress of a run, told from what is worth knowing of its turns."""
    found: dict[str, dict[str, None]] = {"read": {}, "change": {}, "commit": {}, "bead": {}}
    for fact in facts:
        if fact.kind in found:
            found[fact.kind][fact.subject] = None
    return Progress(*(tuple(found[kind]) for kind in ("read", "change", "commit", "bead")))


def _committed(result: ActionResult, _: Mapping[str, Any]) -> list[Fact]:
    told = result.metadata
    return [Fact("commit", str(told["commit"])[:10], _line(told.get("commit_message")))] if told.get("commit") else []


def _read(result: ActionResult, _: Mapping[str, Any]) -> list[Fact]:
    """Which part of a file was read, and how large that part is."""
    told = result.metadata
    if result.action_type != "read_file":
        return []
    first, count = int(told.get("start_line") or 1), int(told.get("lines") or 0)
    detail = f"lines {first} to {max(first, first + count - 1)}, {told.get('size', 0)} bytes"
    return [Fact("read", _line(told.get("path")), detail)]


def _filed(result: ActionResult, _: Mapping[str, Any]) -> list[Fact]:
    told = result.metadata
    made = next((told[key] for key in _MADE if told.get(key)), None)
    title = told.get("title") or told.get("task_title") or result.message
    return [Fact("bead", _line(made), _line(title))] if made else []


def _checked(result: ActionResult, parameters: Mapping[str, Any]) -> list[Fact]:
    """Whether a command, tests, a check or a build succeeded, and how it failed."""
    told = result.metadata
    if "exit_code" not in told and "success" not in told:
        return []
    name, code = check_name(result.action_type, parameters), told.get("exit_code")
    if told.get("success", code == 0):
        return [Fact("check", name, _line(result.message))]
    output = printable(str(told.get("output") or f"{told.get('stdout', '')}\n{told.get('stderr', '')}")).strip()
    verdicts = read_output(output)
    failed = f" Failed: {clip(named(verdicts.failed), DETAIL)}." if verdicts else ""
    head = f"{_line(result.message)}{'' if code is None else f' (exit code {code})'}.{failed}"
    return [Fact("check", name, f"{head}\n{clip(output, OUTPUT)}".strip(), ok=False)]


def _changed(result: ActionResult, _: Mapping[str, Any]) -> list[Fact]:
    """The files an action changed, by those names under which results tell of them."""
    told = result.metadata
    if result.action_type.startswith(_LOOKING):
        return []
    files = told.get("files") or [told[key] for key in _FILES if told.get(key)]
    paths = dict.fromkeys(map(str, files)) if isinstance(files, list | tuple) else {}
    return [Fact("change", _line(path), _line(result.message)) for path in paths]


def _line(text: object) -> str:
    return clip(" ".join(str(text or "").split()), SUBJECT)


_READERS = (_committed, _read, _filed, _checked, _changed)
"""The first that finds something tells."""
