"""The words of the language: which instructions there are, which keys each takes and what kind of value they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

OPEN, CLOSE, END = "<temporal>", "</temporal>", "END"
LONGEST_BLOCK = 65_536
LONGEST_NAME = 200
LONGEST_TEXT = 2_000
LONGEST_JSON = 16_384


class Kind(StrEnum):
    """What an instruction does."""

    WORKFLOW = "WORKFLOW"
    SCHEDULE = "SCHEDULE"
    QUERY = "QUERY"
    SIGNAL = "SIGNAL"
    ACTIVITY = "ACTIVITY"
    CANCEL = "CANCEL"
    LIST = "LIST"


class Form(StrEnum):
    """How the value of a key is written."""

    JSON = "json"
    DURATION = "duration"
    COUNT = "count"
    FLAG = "flag"
    NAME = "name"
    TEXT = "text"


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "INPUT": Form.JSON, "DATA": Form.JSON, "TIMEOUT": Form.DURATION, "INTERVAL": Form.DURATION,
        "RETRY": Form.COUNT, "PRIORITY": Form.COUNT, "WAIT": Form.FLAG, "IDEMPOTENCY_KEY": Form.TEXT,
        "TYPE": Form.NAME, "NAME": Form.NAME, "RUN_ID": Form.NAME, "WORKFLOW_ID": Form.NAME, "DESCRIPTION": Form.TEXT,
    }
)  # fmt: skip
MOST = {"RETRY": 10, "PRIORITY": 5}


@dataclass(frozen=True)
class Shape:
    """What a kind of instruction is made of: the meaning of its name, the keys it takes and those it must have."""

    named: str
    keys: frozenset[str]
    needed: str = ""


def _shape(named: str, keys: str, needed: str = "") -> Shape:
    return Shape(named, frozenset([*keys.split(), "DESCRIPTION"]), needed)


SHAPES: Mapping[Kind, Shape] = MappingProxyType(
    {
        Kind.WORKFLOW: _shape("type of workflow", "INPUT TIMEOUT RETRY WAIT PRIORITY IDEMPOTENCY_KEY WORKFLOW_ID"),
        Kind.SCHEDULE: _shape("name of the schedule", "INTERVAL INPUT TIMEOUT RETRY TYPE", "INTERVAL"),
        Kind.QUERY: _shape("id of a workflow", "TYPE WORKFLOW_ID RUN_ID", "TYPE"),
        Kind.SIGNAL: _shape("id of a workflow", "NAME DATA WORKFLOW_ID RUN_ID", "NAME"),
        Kind.ACTIVITY: _shape("type of activity", "INPUT TIMEOUT RETRY"),
        Kind.CANCEL: _shape("id of a workflow", "WORKFLOW_ID RUN_ID"),
        Kind.LIST: _shape("", ""),
    }
)
OF_A_WORKFLOW = frozenset({Kind.QUERY, Kind.SIGNAL, Kind.CANCEL})
"""Instructions whose name is the id of something there is, which WORKFLOW_ID may say as well."""


@dataclass(frozen=True)
class Instruction:
    """One instruction. `keys` hold lengths of time in nanoseconds; `line` and `column` count from 1."""

    kind: Kind
    name: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, and what to do about it; `line` and `column` count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"
