"""Errors that programs and pages report by themselves, filed as bug beads: one bead for each error."""
