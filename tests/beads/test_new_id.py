from datetime import UTC, datetime

import pytest

from loom_app.beads.new_id import candidates, length_for

MOMENT = datetime(2024, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)
SEED = {"title": "Fix login", "description": "Details", "creator": "jira-import", "moment": MOMENT}


def test_ids_are_those_the_beads_tool_would_make() -> None:
    tries = list(candidates("bd", 0, **SEED))  # type: ignore[arg-type]
    assert tries[::10] == ["bd-vju", "bd-8d8e", "bd-bi3tk", "bd-8bi3tk", "bd-r5sr6bm", "bd-8r5sr6bm"]
    assert len(set(tries)) == len(tries) == 60


@pytest.mark.parametrize(("count", "length"), [(0, 3), (160, 3), (200, 4), (980, 4), (1500, 5), (6000, 6), (10**9, 8)])
def test_ids_grow_with_the_project(count: int, length: int) -> None:
    assert length_for(count) == length
    assert len(next(candidates("x", count, **SEED))) == len("x-") + length  # type: ignore[arg-type]
