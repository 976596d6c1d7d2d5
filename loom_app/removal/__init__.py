"""A project removed for good, with everything it has."""
