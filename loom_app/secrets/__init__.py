"""Secrets at rest: whether they open, and a new master key for them. The vault itself is in the kernel."""
