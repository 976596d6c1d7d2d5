"""The room of durable workflows."""
