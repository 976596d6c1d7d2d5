"""Tests of work that is asked for directly."""
