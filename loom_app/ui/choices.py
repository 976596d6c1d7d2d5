"""What a person chooses from in forms."""

from dataclasses import dataclass


@dataclass
class Choice:
    """One entry of a choice."""

    id: str
    name: str
