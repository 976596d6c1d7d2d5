"""A bead being worked on: lease, turns, actions, the loop and how it ends."""
