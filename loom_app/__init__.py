"""Loom: the control room in which a team of AI agents does real work on git repositories."""

__version__ = "0.1.0"
