"""The worker: everything that happens by itself."""
