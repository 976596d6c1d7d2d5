"""Questions to a program that is starting: does it answer yet?"""

import asyncio
import contextlib

from loom_app.supervisor.program import Check

SECONDS_FOR_AN_ANSWER = 2.0


def answers(host: str, port: int, path: str) -> Check:
    """A check that GET `path` is answered with 200."""

    async def check() -> bool:
        try:
            async with asyncio.timeout(SECONDS_FOR_AN_ANSWER):
                return await _status(host, port, path) == 200
        except (OSError, ValueError, IndexError):
            return False

    return check


async def _status(host: str, port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
