"""Beads: work items, their dependency graph and the ready set."""
