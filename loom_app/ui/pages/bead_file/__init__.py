"""The bead file of a project."""
