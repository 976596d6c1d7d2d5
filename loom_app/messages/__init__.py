"""What agents of one project say to each other."""
