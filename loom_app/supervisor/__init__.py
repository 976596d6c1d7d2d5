"""The process tree of one machine: starts the parts of Loom, restarts what dies, stops all of it in order."""
