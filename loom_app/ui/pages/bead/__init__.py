"""One bead."""
