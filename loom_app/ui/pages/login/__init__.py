"""Signing in and setting up."""
