"""Function calls in an answer, joined from the fragments they come in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loom_app.providers.chat import ToolCall

SHOWN_CHARACTERS = 120


@dataclass
class _Parts:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ToolCalls:
    """The calls of one answer in the order they began.

    OpenAI numbers the calls of a stream; others send only ids, or one number for all of them and an id for each.
    """

    def __init__(self) -> None:
        self._calls: list[_Parts] = []
        self._by_number: dict[int, _Parts] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def characters(self) -> int:
        """How much the model wrote for its calls."""
        return sum(len(call.name) + sum(map(len, call.arguments)) for call in self._calls)

    def fragment(self, piece: Mapping[str, Any]) -> None:
        """Takes one entry of `tool_calls`, whole or in part."""
        function = piece.get("function")
        if isinstance(function, Mapping):
            call = self._call(piece.get("index"), _word(piece.get("id")))
            self._fill(call, _word(function.get("name")), function.get("arguments"))

    def begin(self, number: int, call_id: str, name: str, arguments: object) -> None:
        """A call that announces itself before its arguments come."""
        self._fill(self._call(number, call_id), name, arguments or None)

    def go_on(self, number: object, arguments: str) -> None:
        """More of the arguments of the call begun under `number`."""
        if isinstance(number, int) and number in self._by_number:
            self._fill(self._by_number[number], "", arguments)

    def finished(self) -> tuple[ToolCall, ...]:
        """The calls as they stand."""
        return tuple(_read(call, place) for place, call in enumerate(self._calls, 1))

    def _call(self, number: object, call_id: str) -> _Parts:
        known = self._by_number.get(number) if isinstance(number, int) else self._of_id(call_id)
        if known is not None and (not call_id or known.id in ("", call_id)):
            known.id = known.id or call_id
            return known
        made = self._of_id(call_id) if call_id else None
        if made is None:
            made = _Parts(call_id)
            self._calls.append(made)
        if isinstance(number, int):
            self._by_number[number] = made
        return made

    def _of_id(self, call_id: str) -> _Parts | None:
        """The call of that id; without one the call that came last."""
        if not call_id:
            return self._calls[-1] if self._calls else None
        return next((call for call in self._calls if call.id == call_id), None)

    def _fill(self, call: _Parts, name: str, arguments: object) -> None:
        if name and name != call.name:  # some repeat the whole name with each fragment
            call.name += name
        if isinstance(arguments, str):
            call.arguments.append(arguments)
        elif arguments is not None:
            call.arguments.append(json.dumps(arguments, ensure_ascii=False))


def _read(call: _Parts, place: int) -> ToolCall:
    text = "".join(call.arguments)
    arguments, fault = _arguments(call.name or "an unnamed function", text)
    return ToolCall(call.id or f"call_{place}", call.name, text, arguments, fault)


def _arguments(name: str, text: str) -> tuple[Mapping[str, Any] | None, str]:
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        return None, f"The arguments of the call of {name} are not JSON ({error}): {_short(text)}"
    if not isinstance(found, Mapping):
        return None, f"The arguments of the call of {name} are no JSON object: {_short(text)}"
    return found, ""


def _short(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= SHOWN_CHARACTERS else words[: SHOWN_CHARACTERS - 1] + "…")


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
