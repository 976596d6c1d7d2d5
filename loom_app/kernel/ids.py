"""Identifiers: a readable prefix and a UUIDv7, so that ids sort by the time they were made."""

from uuid_utils import uuid7


def new_id(prefix: str) -> str:
    """A fresh identifier such as `run-0198c0de…` (prefix, dash, 32 hex digits)."""
    return f"{prefix}-{uuid7().hex}"
