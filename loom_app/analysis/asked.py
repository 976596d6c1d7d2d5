"""The question as it comes in: what to do, in which file, about what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """`path` is without links and `..`; what a task does not need is left empty."""

    task: str
    path: str
    language: str = ""
    symbol: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int = 0
    new_name: str = ""
    text: str = ""
    level: str = ""

    @property
    def word(self) -> str:
        """The last part of the symbol."""
        return self.symbol.rpartition(".")[2]
