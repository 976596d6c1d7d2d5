"""The durable workflows as people see them: which run, wait, failed; their steps; what can be done about them."""
