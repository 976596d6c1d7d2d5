"""The Kanban board."""
