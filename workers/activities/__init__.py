"""The activities: unpack ids, call a service, give back a small result."""
