"""Waiting for something that another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

INTERVAL = 0.02

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 15, *, what: str = "") -> T:
    """What `condition` says as soon as that is true; fails the test when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"did not happen in {seconds} s: {what or condition}"
        time.sleep(INTERVAL)
    return found


def is_gone(pid: int) -> bool:
    """Whether the process has ended, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
