"""What a git command answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Output:
    """Exit code, standard output, and of standard error what was no progress."""

    code: int
    stdout: str
    stderr: str
