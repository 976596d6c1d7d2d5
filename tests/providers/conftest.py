"""Fixtures of these tests."""

from tests.support.fixtures import provider_process

__all__ = ["provider_process"]
