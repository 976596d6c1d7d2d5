"""From a fresh clone to something that runs, with the standard library alone. Steps are redone when inputs change."""
