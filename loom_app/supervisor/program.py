"""What the supervisor runs, as data."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Check = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program of the tree.

    `ready` says whether it does its work yet; without it a program counts as running once started. `once_ready` is a
    command run each time it has become ready. `switch` names a file: the program runs only while that file exists,
    and SWITCH in its `argv` stands for the file's text. `after` names programs it waits for at first. Programs of a
    lower `stop_turn` are stopped before the others; after `stop_seconds` one that was asked to stop is killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    is_foreign: bool = False
    """Somebody else's program: it gets none of Loom's variables, some of which are secrets."""
    ready: Check | None = None
    once_ready: tuple[str, ...] = ()
    switch: Path | None = None
    after: tuple[str, ...] = ()
    stop_turn: int = 0
    stop_seconds: float = 5.0

    def environment(self) -> dict[str, str]:
        """The variables it is started with."""
        inherited = {
            name: value for name, value in os.environ.items() if not (self.is_foreign and name.startswith("LOOM_"))
        }
        return inherited | {"PYTHONUNBUFFERED": "1"} | dict(self.env)

    def command(self) -> tuple[str, ...]:
        """The command to run now; empty while the program is switched off."""
        if self.switch is None:
            return self.argv
        try:
            text = self.switch.read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ()
        return tuple(text if word == SWITCH else word for word in self.argv) if text else ()


SWITCH = "{switch}"
