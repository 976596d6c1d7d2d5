"""Work that is asked of an agent directly: filed as a bead, given out by the ordinary way, and waited for."""
