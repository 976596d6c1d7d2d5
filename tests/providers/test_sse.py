"""The decoder of event streams: however the bytes are cut, the events are the same."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.providers.sse import EventDecoder, EventTooLong

LINES = st.sampled_from(
    ['data: {"a": "é🧵"}', "data:x", "data", "data: ", ": comment", "event: ping", "id: 7", "error: {}", "", "", "junk"]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=30).map(
    lambda lines: "".join(line + end for line, end in lines).encode()
)


def decode(pieces: list[bytes]) -> list[str]:
    decoder = EventDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.finish()


@given(STREAMS, st.lists(st.integers(0, 400), max_size=30), st.binary(max_size=20))
def test_any_cutting_gives_the_same_events(stream: bytes, cuts: list[int], tail: bytes) -> None:
    stream += tail
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    whole = decode([stream])
    assert decode(pieces) == whole
    assert decode([bytes([byte]) for byte in stream]) == whole


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"\xef\xbb\xbfdata: a\r\n\r\n", ["a"]),
        (b"data:  two blanks\n\n", [" two blanks"]),
        (b": only a comment\n\n\n", []),
        (b"event: x\nid: 1\nretry: 5\n\n", []),
        (b"data: unfinished", ["unfinished"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"error: fault\n\n", ["fault"]),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
def test_the_format(stream: bytes, events: list[str]) -> None:
    assert decode([stream]) == events


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 20, b"x" * 20, b"data: xxxx\n"])
def test_an_event_without_end_is_refused(piece: bytes) -> None:
    decoder = EventDecoder(max_event_bytes=1000)

    def flood() -> None:
        for _ in range(1000):
            decoder.feed(piece)

    with pytest.raises(EventTooLong):
        flood()
