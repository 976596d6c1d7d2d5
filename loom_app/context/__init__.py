"""How a long run stays within what its model can take in: what is told whole, what in short, what as a summary."""
