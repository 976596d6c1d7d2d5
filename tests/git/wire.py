"""The SSH agent's protocol as its callers speak it."""

import asyncio
import struct

from loom_app.git.agent import SIGN_IN, Agent


def packed(part: bytes) -> bytes:
    """A text as the protocol has it: its length first."""
    return struct.pack(">I", len(part)) + part


def sign_in(user: str, method: bytes) -> bytes:
    """What is signed to be let in."""
    return packed(b"session") + bytes([SIGN_IN]) + packed(user.encode()) + packed(b"ssh-connection") + packed(method)


async def answered(agent: Agent, message: bytes, *, framed: bool = True) -> bytes:
    """What the agent says to one message, without its length; "" when it hangs up."""
    reader, said = asyncio.StreamReader(), _Said()
    reader.feed_data(packed(message) if framed else message)
    reader.feed_eof()
    await agent.serve(reader, said)  # type: ignore[arg-type]
    return bytes(said.bytes[4:])


class _Said:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def write(self, data: bytes) -> None:
        self.bytes += data

    async def drain(self) -> None:
        """Is always ready."""

    def close(self) -> None:
        """Has nothing to close."""
