"""The board: compact cards of beads with what their runs have to show, and saved views."""
