"""A project from a PRD."""
