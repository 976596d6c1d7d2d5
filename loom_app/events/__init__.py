"""The event log: the only source of "something happened"."""
