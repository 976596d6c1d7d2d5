"""How Loom itself is: processes, providers, queue, last failures."""
