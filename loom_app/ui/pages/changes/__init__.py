"""The change of one run."""
