"""Figures of calls to models."""
