"""The demo: a sample project, a team, and a model that plays their part from a script, all of it labelled as such."""
