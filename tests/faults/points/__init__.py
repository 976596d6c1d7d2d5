"""What processes of Loom load when a test has them die at a named step."""
