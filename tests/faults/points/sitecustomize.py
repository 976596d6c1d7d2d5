"""Has processes die at a named step. Every Python that is started with this folder on PYTHONPATH loads it.

A step is `module:function:before` or `:after`. A file of that name in the folder TEST_STEPS holds the number of the
process that dies when any process reaches the step, once.
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

STEPS = {
    "loom_app.notifications.audience": ("crowd",),
    "loom_app.notifications.repository": ("put",),
    "loom_app.deliveries.service": ("gather", "_send", "_settle"),
    "loom_app.mail.sending": ("Mailer.send",),
    "loom_app.outgoing.following": ("Following.hear",),
    "loom_app.outgoing.repository": ("put",),
    "loom_app.outgoing.sending": ("send", "_settle"),
    "loom_app.outgoing.posting": ("Poster.post",),
    "loom_app.webhooks.intake": ("Intake.keep", "Intake._write"),
    "loom_app.webhooks.repository": ("claim",),
    "loom_app.webhooks.working": ("_attend", "_attend_some", "_take_over"),
    "loom_app.motivations.causes": ("claim",),
    "loom_app.motivations.firing": ("fire", "_act", "_tell"),
    "loom_app.motivations.ticking": ("_fire",),
    "loom_app.temporal_language.executing": ("begin", "finish"),
    "loom_app.temporal_language.firing": ("perform", "_performed"),
    "workers.agent_engine": ("TemporalEngine.start", "TemporalEngine.put"),
}
FASTER: dict[str, dict[str, Any]] = {
    "loom_app.supervisor.child": {"LONGEST_WAIT": 0.2},
    "loom_app.deliveries.repository": {"CLAIM": timedelta(seconds=2)},
    "loom_app.outgoing.repository": {"CLAIMED_SECONDS": 2.0},
    "workers.letters": {"LOOK_SECONDS": 0.3},
    "workers.outgoing": {"LOOK_SECONDS": 0.3},
}
"""Waits that are shorter here: what outlives a death is taken up again as soon as nobody has it any more."""


class Stepping(MetaPathFinder):
    """Wraps the functions of STEPS when their module is loaded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as it is, with what is to be done once it is loaded."""
        if fullname not in STEPS and fullname not in FASTER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = functools.partial(self._loaded, load)  # type: ignore[method-assign]
        return spec

    def _loaded(self, load: Callable[[ModuleType], None], module: ModuleType) -> None:
        load(module)
        for name, value in FASTER.get(module.__name__, {}).items():
            setattr(module, name, value)
        for qualified in STEPS.get(module.__name__, ()):
            owner, _, name = qualified.rpartition(".")
            of = getattr(module, owner) if owner else module
            setattr(of, name, self._wrapped(f"{module.__name__}:{qualified}", getattr(of, name)))

    def _wrapped(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def later(*args: Any, **more: Any) -> Any:
                self._reach(f"{step}:before")
                found = await function(*args, **more)
                self._reach(f"{step}:after")
                return found

            return later

        @functools.wraps(function)
        def now(*args: Any, **more: Any) -> Any:
            self._reach(f"{step}:before")
            found = function(*args, **more)
            self._reach(f"{step}:after")
            return found

        return now

    def _reach(self, step: str) -> None:
        file = self._folder / step
        try:
            victim = int(file.read_text())
            file.rename(self._folder / f"{step}.reached")
        except FileNotFoundError:
            return
        os.kill(victim, signal.SIGKILL)


if os.environ.get("TEST_STEPS"):
    sys.meta_path.insert(0, Stepping(Path(os.environ["TEST_STEPS"])))
