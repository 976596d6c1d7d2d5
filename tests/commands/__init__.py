"""Tests of people's commands."""
