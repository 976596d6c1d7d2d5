"""Decisions: questions agents put to people."""
