"""What can be proposed: one kind a change, described before anything is done and done by the services of its room."""
