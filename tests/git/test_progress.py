"""What git says of a transfer, however it comes in pieces."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from loom_app.git.progress import TAIL_BYTES, Listener, Progress, read_progress

SAID = (
    b"Cloning into 'copy'...\nremote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n"
    b"Receiving objects: 100% (2/2), 1.50 MiB | 2.00 MiB/s, done.\nfatal: the remote end hung up\n"
)
STEPS = [
    Progress("Counting objects", 50),
    Progress("Counting objects", 100),
    Progress("Receiving objects", 100, 3 << 19),
]


@given(cuts=st.lists(st.integers(0, len(SAID)), max_size=20))
def test_pieces_may_end_anywhere(cuts: list[int]) -> None:
    steps: list[Progress] = []
    listener = Listener(steps.append)
    ends = [0, *sorted(cuts), len(SAID)]
    for start, end in pairwise(ends):
        listener.hear(SAID[start:end])
    assert steps == STEPS
    assert listener.said() == b"Cloning into 'copy'...\nfatal: the remote end hung up\n"


@given(said=st.lists(st.binary(max_size=200), max_size=20))
def test_whatever_comes_is_heard(said: list[bytes]) -> None:
    listener = Listener()
    for piece in said:
        listener.hear(piece)
        read_progress(piece)
    assert len(listener.said()) <= TAIL_BYTES


def test_only_the_end_of_long_complaints_is_kept() -> None:
    listener = Listener()
    for number in range(100_000):
        listener.hear(b"warning: %d\n" % number)
    assert listener.said().endswith(b"warning: 99999\n")
    assert len(listener.said()) <= TAIL_BYTES
