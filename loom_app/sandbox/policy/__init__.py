"""What a command may do by what it says of itself: read, classed by a table, and judged by rules."""
