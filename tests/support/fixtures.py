"""Fixtures that any test may ask for; loaded as a plugin by tests/conftest.py."""

from collections.abc import Iterator

import pytest

from tests.support.provider_process import ProviderProcess
from tests.support.sshd import SshServer


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """An SSH server that serves git. Use `.allow(public)`, `.refuse(public)`, `.address(repository)` and `.key`."""
    with SshServer(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def provider_process() -> Iterator[ProviderProcess]:
    """A fresh test provider.

    Use `.url`, `.script(step, ...)`, `.config(...)`, `.log()`, `.wait_for(n)`, `.stop()` and `.start()`.
    """
    with ProviderProcess() as process:
        yield process
