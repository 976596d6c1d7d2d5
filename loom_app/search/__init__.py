"""Finding beads by what they, their comments and their runs say, and by what they are."""
