"""A project begun from a PRD: repository, first files, key, first bead and team, step by step."""
