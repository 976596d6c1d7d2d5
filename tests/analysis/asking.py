"""Asking the analysis within the test's own process."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from loom_app.actions.analysing import Analysis
from loom_app.actions.rewriting import rewrite
from loom_app.analysis.main import answer
from loom_app.sandbox.workspace import Workspace


def laid_out(root: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str | bytes]) -> None:
    """Files in the current directory."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.chdir(root)


def ask(task: str, **fields: Any) -> dict[str, Any]:
    """What is answered, as it comes out of the sandbox."""
    found: dict[str, Any] = json.loads(json.dumps(answer({"task": task, **fields})))
    return found


def spots(found: Mapping[str, Any], key: str = "places") -> list[str]:
    """The places of an answer."""
    assert "refused" not in found, found
    return [f"{place['path']}:{place['line']}:{place['column']}" for place in found[key]]


def changed(task: str, **fields: Any) -> dict[str, str]:
    """The files after a refactoring was carried out in the current directory."""
    found = Analysis.model_validate_json(json.dumps(answer({"task": task, **fields})))
    assert not found.refused, found.refused
    rewrite(Workspace(Path()), found.changes)
    return {change.path: Path(change.path).read_bytes().decode() for change in found.changes}


def refused(task: str, **fields: Any) -> tuple[str, str]:
    """The code and the sentence of a refusal."""
    found = ask(task, **fields)
    assert "refused" in found, found
    return found["code"], found["refused"]
