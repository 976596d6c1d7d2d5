"""Tests of questions to Loom."""
