"""`loom beads`: the command line of the beads tool, answered from Loom's database."""
