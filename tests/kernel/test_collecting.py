"""The search for circles rests while very many objects are made, however many threads make some."""

import gc
from collections.abc import Iterator

import pytest

from loom_app.kernel.collecting import many_objects


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    was = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was else gc.disable)()


def test_it_goes_on_when_the_last_is_done_also_after_a_failure() -> None:
    with pytest.raises(ValueError, match="half"):
        _fail_inside()
    assert gc.isenabled()


def _fail_inside() -> None:
    with many_objects():
        with many_objects():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ValueError("half")


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    with many_objects():
        pass
    assert not gc.isenabled()
