"""Cycles among milestones, found before they are made. Pure."""

from collections.abc import Mapping, Sequence


def way(edges: Mapping[str, Sequence[str]], start: str, end: str) -> list[str]:
    """The shortest way from `start` to `end` along `edges`, both included; empty when there is none."""
    came: dict[str, str] = {start: ""}
    ahead = [start]
    for here in ahead:
        if here == end:
            return _back(came, end)
        for other in edges.get(here, ()):
            if other not in came:
                came[other] = here
                ahead.append(other)
    return []


def _back(came: Mapping[str, str], end: str) -> list[str]:
    path = [end]
    while came[path[-1]]:
        path.append(came[path[-1]])
    return path[::-1]
