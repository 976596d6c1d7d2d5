"""Budgets as people set and see them, how long they last, and what beads cost."""
