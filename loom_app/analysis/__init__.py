"""Reads code without running it: a program for the inside of the sandbox, which knows nothing of the rest of Loom."""
