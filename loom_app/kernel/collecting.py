"""Python's search for objects that only hold each other, and leaving it off where it finds nothing."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_making = 0
_was_on = False


@contextmanager
def many_objects() -> Iterator[None]:
    """Around seconds of work that makes very many objects and keeps them: they would all be searched time and again.

    Several threads may be inside; the search goes on when the last has left.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _making, _was_on  # noqa: PLW0603 - the search is the process's as well
    with _lock:
        if _making == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _making += 1


def _leave() -> None:
    global _making  # noqa: PLW0603
    with _lock:
        _making -= 1
        if _making == 0 and _was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()
