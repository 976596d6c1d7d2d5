"""What the agent in Loom's process answers to whatever comes by its socket."""

import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st

from loom_app.git.agent import FAILURE, LISTED, SIGN, SIGNED, Agent
from loom_app.git.keys import new_pair
from tests.git.wire import answered, packed, sign_in

PAIR = new_pair("loom-p")
BLOB = load_ssh_public_key(PAIR.public.encode())


def asked(data: bytes) -> bytes:
    """A request to sign `data` by our key."""
    assert isinstance(BLOB, Ed25519PublicKey)
    key = packed(b"ssh-ed25519") + packed(BLOB.public_bytes_raw())
    return bytes([SIGN]) + packed(key) + packed(data) + struct.pack(">I", 0)


async def test_a_sign_in_is_signed_so_that_the_host_believes_it() -> None:
    agent = Agent([PAIR.private])
    data = sign_in("git", b"publickey")
    said = await answered(agent, asked(data))
    assert said[0] == SIGNED
    assert isinstance(BLOB, Ed25519PublicKey)
    BLOB.verify(said[-64:], data)
    assert agent.used == [PAIR.fingerprint]


@given(data=st.binary(max_size=300) | st.binary(max_size=40).map(lambda text: packed(b"id") + b"2" + text))
async def test_nothing_else_is_signed(data: bytes) -> None:
    agent = Agent([PAIR.private])
    assert await answered(agent, asked(data)) == bytes([FAILURE])
    assert agent.used == []


async def test_a_sign_in_to_something_else_than_a_session_is_not_signed() -> None:
    agent = Agent([PAIR.private])
    assert await answered(agent, asked(sign_in("git", b"hostbased"))) == bytes([FAILURE])


@given(message=st.binary(min_size=1, max_size=200))
async def test_any_message_is_answered(message: bytes) -> None:
    said = await answered(Agent([PAIR.private]), message)
    assert said[0] in (FAILURE, LISTED)


@given(raw=st.binary(max_size=100))
async def test_what_is_no_message_ends_the_talk(raw: bytes) -> None:
    await answered(Agent([]), raw, framed=False)
