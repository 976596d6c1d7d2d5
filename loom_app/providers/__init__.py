"""Providers: the OpenAI-compatible endpoints that models answer at, their health and their prices."""
