"""What one is told, by which way and when."""
