"""What people are told of, each in an inbox of their own, once for a cause, and what ends it."""
