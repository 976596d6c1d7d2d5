"""The workflows: progress and timers, nothing else."""
