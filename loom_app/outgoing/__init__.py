"""Webhooks that Loom sends: events of the log, signed, to addresses that people give, until they are taken."""
