"""How a project lives: closed, when people agree, and opened again; who works for it; how it stands."""
