"""Copies of the database, for administrators."""
