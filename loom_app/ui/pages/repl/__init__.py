"""The page on which Loom is asked."""
