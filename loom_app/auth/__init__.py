"""Users, roles, permissions and sessions."""
