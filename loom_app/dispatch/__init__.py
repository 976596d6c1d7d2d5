"""Dispatch: which bead goes to which agent, and why."""
