"""Fixtures that any test may ask for; loaded as a plugin by tests/conftest.py."""

from collections.abc import Iterator

import pytest

from tests.support.provider_process import ProviderProcess


@pytest.fixture
def provider_process() -> Iterator[ProviderProcess]:
    """A fresh test provider.

    Use `.url`, `.script(step, ...)`, `.config(...)`, `.log()`, `.wait_for(n)`, `.stop()` and `.start()`.
    """
    with ProviderProcess() as process:
        yield process
