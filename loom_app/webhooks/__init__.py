"""What GitHub tells Loom by webhook: received, kept, worked on later; issues become beads."""
