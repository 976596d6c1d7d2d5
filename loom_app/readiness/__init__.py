"""Whether a project is in order for work: its repository, keys, tests and team, looked at and told once."""
