"""Confinement: every file an agent names and every command it runs goes through this room."""
