"""Pair programming: a person and an agent talk about one bead, look at its files and change them together."""
