"""Git, and nothing but git: run with care, a project's copy of its repository, a worktree for each run."""
