"""The traces of a run from its record, and the digests of the files that an action left."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loom_app.actions.results import ActionResult
from loom_app.actions.types import CORE
from loom_app.kernel.errors import LoomError
from loom_app.runs.loops import WINDOW
from loom_app.runs.traces import Done
from loom_app.sandbox.workspace import Workspace

MOST_FILES = 50
LARGEST = 5_000_000


def history(turns: Sequence[Any], actions: Sequence[Any]) -> list[list[Done] | None]:
    """What the newest of `turns` did, of rows of these and of their actions; None where a reply could not be read."""
    of: dict[int, list[Done]] = {}
    for row in actions:
        of.setdefault(row.turn, []).append(_done(row))
    return [of.get(turn.number) or None for turn in turns[-WINDOW:]]


def _done(row: Any) -> Done:
    told = row.result or {}
    return Done(
        row.type, row.parameters, row.status, row.message, told.get("metadata") or {}, told.get("digests") or {}
    )


def digests_of(folder: Path, result: ActionResult) -> Mapping[str, str]:
    """What the files that an action changed hold now, as short digests; "" for one that is gone or no text."""
    kind = CORE.get(result.action_type)
    if result.status != "executed" or "exit_code" in result.metadata or (kind is not None and kind.effect == "read"):
        return {}
    paths = [*(result.metadata.get("files") or ()), *filter(None, [result.metadata.get("path")])]
    return {path: _digest(folder, path) for path in dict.fromkeys(map(str, paths[:MOST_FILES]))}


def _digest(folder: Path, path: str) -> str:
    try:
        text = Workspace(folder).read_text(path, LARGEST)
    except (LoomError, OSError):
        return ""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
