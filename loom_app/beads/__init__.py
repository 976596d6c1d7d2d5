"""Beads: work items, their dependency graph, the ready set and their JSONL form."""
