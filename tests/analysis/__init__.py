"""Code read without running it."""
