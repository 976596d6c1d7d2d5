"""Motivations: what makes Loom act by itself: a condition, and whom it wakes or what work it files when it holds."""
