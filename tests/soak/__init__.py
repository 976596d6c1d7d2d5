"""`make soak`: eight processes claim, renew, complete and cancel for a long time while they are stopped and killed."""
