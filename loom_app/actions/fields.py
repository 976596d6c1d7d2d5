"""The kinds of field an action has: bounded, and as forgiving as is safe."""

import shlex
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, StringConstraints

MAX_BODY = 2_000_000
"""The most characters of a file or patch in one action."""

PRIORITY_WORDS = {
    "critical": 0, "urgent": 0, "highest": 0, "high": 1, "medium": 2, "normal": 2, "low": 3, "lowest": 4, "backlog": 4,
}  # fmt: skip


def also(*names: str) -> AliasChoices:
    """The field's own name first, then the names models use for it."""
    return AliasChoices(*names)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("contains a NUL character, which no name, path or sentence can hold")
    return text


def _file_name(name: str) -> str:
    if "/" in name or name in (".", ".."):
        raise ValueError("must be a name without folders; move_file takes a whole path")
    return name


def _words(value: Any) -> Any:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _command(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        return shlex.join(value)
    return value


def _priority(value: Any) -> Any:
    if isinstance(value, str):
        word = value.strip().lower()
        return PRIORITY_WORDS.get(word, word.removeprefix("p"))
    return value


def _risk(value: Any) -> Any:
    word = value.strip().lower() if isinstance(value, str) else value
    return word if word in ("low", "medium", "high", "critical") else "medium"


def _between(low: int, high: int) -> AfterValidator:
    return AfterValidator(lambda number: min(max(number, low), high))


def _text(most: int, least: int = 0) -> StringConstraints:
    return StringConstraints(min_length=least, max_length=most)


Path = Annotated[str, _text(4096, 1), AfterValidator(_without_nul)]
FileName = Annotated[str, _text(255, 1), AfterValidator(_without_nul), AfterValidator(_file_name)]
Word = Annotated[str, _text(200), AfterValidator(_without_nul)]
Name = Annotated[str, _text(200, 1), AfterValidator(_without_nul)]
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True), AfterValidator(_without_nul)
]
Sentence = Annotated[str, _text(10_000), AfterValidator(_without_nul)]
Question = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True), AfterValidator(_without_nul)
]
Query = Annotated[str, _text(2000, 1), AfterValidator(_without_nul)]
Prose = Annotated[str, _text(100_000), AfterValidator(_without_nul)]
Command = Annotated[str, _text(50_000, 1), BeforeValidator(_command), AfterValidator(_without_nul)]
Body = Annotated[str, _text(MAX_BODY), AfterValidator(_without_nul)]
FilledBody = Annotated[str, _text(MAX_BODY, 1), AfterValidator(_without_nul)]
LineNumber = Annotated[int, _between(1, 10_000_000)]
Depth = Annotated[int, _between(1, 20)]
Commits = Annotated[int, _between(1, 200)]
Count = Annotated[int, _between(1, 1000)]
Seconds = Annotated[float, Field(allow_inf_nan=False), _between(1, 3600)]
Priority = Annotated[int, BeforeValidator(_priority), Field(ge=0, le=4)]
Risk = Annotated[str, BeforeValidator(_risk)]
"""How bad a wrong answer would be; what is no such word counts as medium."""
Words = Annotated[list[Word], BeforeValidator(_words), Field(max_length=50)]
Paths = Annotated[list[Path], BeforeValidator(_words), Field(max_length=500)]
