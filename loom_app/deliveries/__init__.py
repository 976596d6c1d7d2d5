"""What people are told outside of Loom: letters and webhooks, at once or gathered, never in quiet hours."""
