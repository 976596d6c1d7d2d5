"""The work graph."""
