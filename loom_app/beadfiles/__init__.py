"""Beads as lines of `.beads/issues.jsonl`, the file of the beads tool: read, written, imported and exported."""
