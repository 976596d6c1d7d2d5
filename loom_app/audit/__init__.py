"""The audit log: who did what for whom, read, exported, and checked for what happened to it behind Loom's back."""
