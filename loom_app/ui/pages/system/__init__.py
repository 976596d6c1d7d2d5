"""System Status."""
