"""The file that turns the demo model on. It holds the port; the supervisor runs the model while the file is there."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from loom_app.demo.completions import MODEL
from loom_app.kernel.errors import Unavailable

HOST = "127.0.0.1"
PORTS = range(8090, 8190)
"""Below the range from which systems hand out ports of their own, so that the choice stays free over restarts."""
ANSWER_SECONDS = 1.0


def switch_of(data_dir: Path) -> Path:
    """Where the file is."""
    return data_dir / "demo" / "enabled"


def port_of(data_dir: Path) -> int | None:
    """The port the demo model is to listen on; None while it is off."""
    try:
        return int(switch_of(data_dir).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def turn_on(data_dir: Path, ports: Iterable[int] = PORTS) -> int:
    """The port the demo model listens on, chosen once and kept until something else sits on it.

    Raises Unavailable when no port of `ports` is free.
    """
    kept = port_of(data_dir)
    if kept is not None and (answers(kept) or _is_free(kept)):
        return kept
    chosen = next((port for port in ports if _is_free(port)), None)
    if chosen is None:
        raise Unavailable(
            f"The demo model finds no free port on {HOST}: end a program that listens between 8090 and 8189.",
            code="no_free_port",
        )
    _write(switch_of(data_dir), f"{chosen}\n")
    return chosen


def answers(port: int) -> bool:
    """Whether the demo model, and no other program, answers on `port`."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/v1/models", timeout=ANSWER_SECONDS) as answer:
            listed = json.load(answer)
    except (OSError, ValueError):
        return False
    models = listed.get("data") if isinstance(listed, dict) else None
    return isinstance(models, list) and [model.get("id") for model in models if isinstance(model, dict)] == [MODEL]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _write(path: Path, text: str) -> None:
    """Whole or not at all, since the supervisor may look at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
