"""Advisory locks on paths of a project: who is changing which file, for which bead, until when."""
