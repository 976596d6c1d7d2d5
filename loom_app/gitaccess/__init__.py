"""How a project reaches its repository: its keys and logins, the hosts it knows, whether all that works."""
