"""Changes as pull requests on GitHub: opened, followed, merged, and what reviewers say there taken to the agent."""
