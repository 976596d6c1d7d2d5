"""Questions to Loom as a whole, answered from its data with links; what would change something asks first."""
