"""Milestones: what is to be reached by when, which beads count towards it, and what comes before it."""
