"""Egress: the hosts that commands of a project may reach, and the proxy that reaches no others."""
