"""What earlier work in a project taught: written from evidence, ranked for the work at hand, told to whoever begins."""
