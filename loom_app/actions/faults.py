"""What can be wrong with a reply, said so that a model can mend it."""

import json
from collections.abc import Mapping
from typing import Any, Literal

FaultKind = Literal["empty", "prose", "invalid_json", "truncated", "invalid_action", "no_actions"]

SMALLEST: Mapping[str, Any] = {"actions": [{"type": "read_tree", "path": "."}]}
MAX_MESSAGE = 2000


class ReplyError(Exception):
    """A reply that holds nothing to carry out. `message` is what the model is told; nothing of the reply was run.

    `kind` says what sort of fault it is; `notes` is what the model said beside its actions, if that could be read, and
    `call` which of its function calls is at fault, counted from 0.
    """

    def __init__(self, kind: FaultKind, fault: str, *, example: Mapping[str, Any] = SMALLEST, notes: str = "") -> None:
        self.kind: FaultKind = kind
        self.fault = fault[:MAX_MESSAGE]
        self.example = example
        self.notes = notes
        self.call: int | None = None
        self.message = self.told_in("envelope")
        super().__init__(self.message)

    def told_in(self, form: str) -> str:
        """The message for a model that is asked to answer in `form`."""
        if form == "tools":
            return self._told_of_calls()
        example = self.example
        if form == "simple":
            action = example["actions"][0]
            example = {"action": action["type"], **{key: value for key, value in action.items() if key != "type"}}
        shown = json.dumps(example, ensure_ascii=False)
        return f"{self.fault}\nNothing of your reply was run. Answer with one JSON object only, such as:\n{shown}"

    def _told_of_calls(self) -> str:
        if self.call is None:
            return f"{self.fault}\nNothing was run: your answer called no function. Call one; words alone do nothing."
        given = {key: value for key, value in self.example["actions"][0].items() if key != "type"}
        again = f" Call it with arguments such as: {json.dumps(given, ensure_ascii=False)}" if self._of_fields else ""
        return f"{self.fault}\nNone of your calls was run.{again}"

    @property
    def _of_fields(self) -> bool:
        """Whether the example is of the action at fault."""
        return self.example is not SMALLEST


def excerpt(text: str, position: int, around: int = 40) -> str:
    """The text on both sides of `position` on one line, with an arrow between them."""
    before = " ".join(text[max(0, position - around) : position].split())
    after = " ".join(text[position : position + around].split())
    return f"{before} >>>HERE>>> {after}".strip()


def place(text: str, position: int) -> str:
    """Where `position` is, as people count."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}"
