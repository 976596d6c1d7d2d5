"""What happened, as people want to read it: made from the event log, like things at about one time told as one."""
