import asyncio

from hypothesis import given
from hypothesis import strategies as st

from loom_app.sandbox.output import Capture


def captured(*chunks: bytes, keep: int, most: int = 10**9) -> Capture:
    async def make() -> Capture:
        capture = Capture(keep, most)
        for chunk in chunks:
            capture.data_received(chunk)
        return capture

    return asyncio.run(make())


@given(chunks=st.lists(st.binary(max_size=40), max_size=20), keep=st.integers(3, 60))
def test_what_is_kept_is_the_beginning_and_the_end(chunks: list[bytes], keep: int) -> None:
    chunks = [bytes(byte & 0x7F or 0x20 for byte in chunk) for chunk in chunks]
    whole = b"".join(chunks).decode()
    capture = captured(*chunks, keep=keep)
    assert capture.total == len(whole)
    assert capture.left_out == max(0, len(whole) - keep)
    if len(whole) <= keep:
        assert capture.text == whole
        return
    head, tail = whole[: keep * 2 // 3], whole[len(whole) - (keep - keep * 2 // 3) :]
    assert capture.text == f"{head}\n[… {capture.left_out:,} bytes left out …]\n{tail}"


@given(text=st.text(st.sampled_from("aé日😀"), min_size=1, max_size=200), keep=st.integers(12, 100))
def test_characters_are_not_cut_in_two(text: str, keep: int) -> None:
    assert "\ufffd" not in captured(text.encode(), keep=keep).text


def test_bytes_that_are_no_text() -> None:
    assert captured(b"a\xffb\0c", keep=100).text == "a\ufffdb\ufffdc"


def test_a_flood_is_told_once() -> None:
    async def make() -> int:
        calls: list[int] = []
        capture = Capture(10, 100, lambda: calls.append(1))
        for _ in range(50):
            capture.data_received(b"x" * 10)
        return len(calls)

    assert asyncio.run(make()) == 1
