"""The agents: who they are, what they do now."""
