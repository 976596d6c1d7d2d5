"""Webhooks: what GitHub tells Loom, and what Loom tells others."""
