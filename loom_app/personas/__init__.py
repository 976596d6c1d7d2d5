"""Personas: how an agent of a role works, kept as SKILL.md files in the Agent Skills format."""
