"""What an action asked for and what came of it, in a form in which the same thing looks the same each time."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

MOST_CHARACTERS = 20_000
MOST_LINES = 400
LONGEST_LINE = 300
SHORT_TEXT = 2_000
"""Up to how many characters a text is remembered, since every turn sees the actions of many before it again."""
SHORT_COMPLAINT = 3
"""Up to how many lines a complaint is so short that the words of the command in it say nothing new."""

_PASSING = (
    (r"\x1b\[[0-9;]*[A-Za-z]", ""),
    (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "ID"),
    (r"\b0x[0-9a-fA-F]+\b", "ADDRESS"),
    (r"(?:/private)?(?:/tmp|/var/tmp|/var/folders|/dev/shm)/[^\s:'\"),\]]+", "TMP"),
    (r"[A-Za-z]:\\[^\s:'\"]*\\Temp\\[^\s:'\"]+", "TMP"),
    (r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "TIME"),
    (r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?", "TIME"),
    (r"\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|mins?|minutes?|hours?)\b", "LONG"),
    (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", "ID"),
    (r"\b(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{14,}\b", "ID"),
    (r"(?i)\b(line|pid|process|port|seed|attempt|retry|try|request|iteration)(\W{1,3})\d+", r"\1 N"),
    (r"\b\d{8,}\b", "ID"),
    (r"(?<=[\w\])]):\d+(?::\d+)?\b|:\d{4,5}\b", ":N"),
    (r"@@ [^@]{1,80} @@", "@@"),
)
"""What differs between two tellings of the same thing: addresses, ids, moments, durations, line numbers."""
_PATTERNS = tuple((re.compile(pattern), put) for pattern, put in _PASSING)
_ASIDE = frozenset({"reason", "timeout_seconds", "limit", "summary"})
"""Fields of an action that do not change what it does."""
_UNSAID = frozenset(
    {"match_strategy", "ended", "framework", "commit", "code", "remark", "query", "path", "command", "network"}
)
_NOTHING = frozenset({"(nothing)"})
_LETTERS = str.maketrans("0123456789", "abcdefghij")


@dataclass(frozen=True)
class Done:
    """An action as it was asked for and what came of it; `digests` are of the files it left, "" for a lost one."""

    type: str
    parameters: Mapping[str, Any]
    status: str
    message: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_verdict(self) -> bool:
        """Whether it ran a program that judges: a command, tests, a build."""
        return "exit_code" in self.metadata or "success" in self.metadata

    @property
    def is_good(self) -> bool:
        """Whether what it ran succeeded."""
        return self.metadata.get("exit_code", 0) == 0 and self.metadata.get("success") is not False

    def as_asked(self) -> str:
        """The action and its parameters; the same for the same request."""
        asked = {key: value for key, value in self.parameters.items() if key not in _ASIDE}
        return f"{self.type} {plain(json.dumps(asked, sort_keys=True, ensure_ascii=False))}"

    def said(self) -> frozenset[str]:
        """The lines the model wrote itself."""
        return _lines("\n".join(_texts(self.parameters)))

    def heard(self) -> frozenset[str]:
        """The lines of the result, and the verdict as one of them."""
        if self.status != "executed":
            return _lines(self._without_own_words(self.message))
        text = "\n".join(_texts({key: value for key, value in self.metadata.items() if key not in _UNSAID}))
        if not self.is_good and text.count("\n") < SHORT_COMPLAINT:
            text = self._without_own_words(text)
        return _lines(text) | self._verdict() or _NOTHING

    def untold(self, lines: frozenset[str]) -> frozenset[str]:
        """Those of `lines` that do not only echo the action itself."""
        own = plain("\n".join(_texts(self.parameters))) if lines else ""
        return frozenset(line for line in lines if line not in own)

    def _verdict(self) -> frozenset[str]:
        """Exit code and counts, in letters so that they never pass for mere numbers."""
        told = [f"{name} {self.metadata[name]}" for name in ("exit_code", "passed", "failed") if name in self.metadata]
        return frozenset({" ".join(told).translate(_LETTERS)}) if told else frozenset()

    def _without_own_words(self, text: str) -> str:
        """A complaint without what it quotes of the action, so that two attempts met by the same one look alike."""
        words = {word for value in _texts(self.parameters) for word in re.split(r"[\s'\"]+", value[:500])}
        whole = {value for value in _texts(self.parameters) if len(value) <= 200}
        for word in sorted((w for w in words | whole if len(w) >= 3), key=len, reverse=True)[:60]:
            text = text.replace(word, "…")
        return text


def plain(text: str) -> str:
    """The text without what differs between two tellings of the same thing."""
    return _plain_of_short(text) if len(text) <= SHORT_TEXT else _plain(text)


@lru_cache(maxsize=4_096)
def _plain_of_short(text: str) -> str:
    return _plain(text)


def _plain(text: str) -> str:
    for pattern, put in _PATTERNS:
        text = pattern.sub(put, text)
    return " ".join(text.split())


def shape(lines: Iterable[str]) -> frozenset[str]:
    """The lines with every number alike."""
    return frozenset(re.sub(r"\d+(?:\.\d+)?|[#=>█▓░.-]{3,}", "0", line) for line in lines)


@lru_cache(maxsize=1_024)
def _lines(text: str) -> frozenset[str]:
    """The different lines that say something, without indentation and the marks of a diff."""
    found = text[:MOST_CHARACTERS].splitlines()[:MOST_LINES]
    joined = "\n".join(line.strip().lstrip("+-").strip()[:LONGEST_LINE] for line in found)
    for pattern, put in _PATTERNS:
        joined = pattern.sub(put, joined)
    return frozenset(" ".join(line.split()) for line in joined.split("\n")) - {""}


def _texts(value: Any) -> list[str]:
    """Every text in a piece of JSON; one record of a list is one line."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list | tuple):
        return [" ".join(_texts(inner)) for inner in value]
    return []
