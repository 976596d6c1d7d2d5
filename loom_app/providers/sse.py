"""Server-sent events, decoded from bytes that may be cut anywhere (the event stream format of the HTML standard)."""

import re

LINE_END = re.compile(rb"\r\n|\n|\r")
BOM = b"\xef\xbb\xbf"
MAX_EVENT_BYTES = 4 * 1024 * 1024


class EventTooLong(ValueError):
    """One event is longer than MAX_EVENT_BYTES."""


class EventDecoder:
    """Feed it bytes, get the data of each event that is complete. Comments and empty events are left out."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._rest: list[bytes] = []
        self._rest_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._at_start = True

    def feed(self, chunk: bytes) -> list[str]:
        """The events that `chunk` completes. Raises EventTooLong."""
        self._rest.append(chunk)
        self._rest_size += len(chunk)
        if b"\n" not in chunk and b"\r" not in chunk and not self._rest_ends_in_return():
            self._bound()
            return []
        return self._split(final=False)

    def finish(self) -> list[str]:
        """What was left when the stream ended, as if it had been completed."""
        events = self._split(final=True)
        return events + self._dispatch()

    def _rest_ends_in_return(self) -> bool:
        return len(self._rest) > 1 and self._rest[-2].endswith(b"\r")

    def _split(self, *, final: bool) -> list[str]:
        text = b"".join(self._rest)
        events: list[str] = []
        start = 0
        for end in LINE_END.finditer(text):
            if not final and end.end() == len(text) and end.group() == b"\r":
                break  # its line feed may be in the next chunk
            events += self._line(text[start : end.start()])
            start = end.end()
        rest = text[start:]
        if final and rest:
            events += self._line(rest)
            rest = b""
        self._rest, self._rest_size = [rest], len(rest)
        self._bound()
        return events

    def _line(self, line: bytes) -> list[str]:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name in (b"data", b"error"):  # older llama.cpp reports faults in a field of that name
            self._data.append(value.removeprefix(b" "))
            self._data_size += len(value) + 1
        return []

    def _dispatch(self) -> list[str]:
        if not self._data:
            return []
        event = b"\n".join(self._data).decode("utf-8", "replace")
        self._data, self._data_size = [], 0
        return [event]

    def _bound(self) -> None:
        if self._rest_size + self._data_size > self._max:
            raise EventTooLong(f"an event is longer than {self._max} bytes")
