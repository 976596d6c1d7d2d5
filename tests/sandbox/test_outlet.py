"""The one way out of the sandbox: who gets there, and that nothing else does."""

import asyncio
from pathlib import Path

import pytest

from loom_app.sandbox.commands import CommandLimits, CommandOutcome, run, shell
from loom_app.sandbox.confinement import Confinement, plain

TALK = """
import os, socket, sys
from urllib.parse import urlsplit
place = urlsplit(os.environ["HTTP_PROXY"])
way = socket.create_connection((place.hostname, place.port), 10)
way.sendall(b"hello")
print(way.recv(100).decode())
"""


class Beyond:
    """What answers on this side."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ended = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greets whoever speaks, and waits until they hang up."""
        try:
            self.heard.append(await reader.read(100))
            writer.write(b"heard you")
            await writer.drain()
            await reader.read()
        finally:
            self.ended += 1
            writer.close()


async def python(code: str, root: Path, how: Confinement, beyond: Beyond | None, **limits: float) -> CommandOutcome:
    (root / "talk.py").write_text(code)
    network = beyond.answer if beyond else None
    return await run(
        ["python3", "talk.py"], root=root, how=how, network=network, limits=CommandLimits(**limits)  # type: ignore[arg-type]
    )  # fmt: skip


async def test_a_command_is_answered_from_beyond(root: Path, walls: Confinement) -> None:
    beyond = Beyond()
    outcome = await python(TALK, root, walls, beyond)
    assert (outcome.stdout, outcome.exit_code) == ("heard you\n", 0)
    assert beyond.heard == [b"hello"]
    assert beyond.ended == 1


async def test_there_is_no_way_out_where_none_was_given(root: Path, walls: Confinement) -> None:
    code = "import os, socket\nprint(os.environ.get('HTTP_PROXY'))\nsocket.create_connection(('127.0.0.1', 3128), 5)\n"
    outcome = await python(code, root, walls, None)
    assert outcome.stdout == "None\n"
    assert "ConnectionRefusedError" in outcome.stderr


async def test_a_command_without_walls_gets_no_proxy(root: Path) -> None:
    outcome = await python("import os\nprint(os.environ.get('HTTP_PROXY'))\n", root, plain("chosen"), Beyond())
    assert outcome.stdout == "None\n"


async def test_what_is_still_said_ends_with_the_command(root: Path, walls: Confinement) -> None:
    beyond = Beyond()
    stay = TALK + "import time\ntime.sleep(300)\n"
    outcome = await python(stay, root, walls, beyond, wall_seconds=2.0)
    assert outcome.ended == "timeout"
    assert (beyond.heard, beyond.ended) == ([b"hello"], 1)


async def test_many_at_once(root: Path, walls: Confinement) -> None:
    beyond = Beyond()
    many = "import threading\n" + "def talk():\n" + TALK.replace("\n", "\n    ") + (
        "\nthreads = [threading.Thread(target=talk) for _ in range(40)]\n"
        "[one.start() for one in threads]\n[one.join() for one in threads]\n"
    )  # fmt: skip
    outcome = await python(many, root, walls, beyond)
    assert outcome.stdout.count("heard you") == 40, outcome.stderr
    assert beyond.ended == 40


ATTEMPTS = {
    "straight to an address": "socket.create_connection(('192.0.2.1', 80), 3)",
    "straight to a name": "socket.create_connection(('example.com', 80), 3)",
    "names by a datagram": "socket.socket(2, 2).sendto(b'x', ('1.1.1.1', 53))",
    "the way out of another run": "socket.create_connection(('127.0.0.1', {other}), 3)",
    "a server of this machine": "socket.create_connection(('127.0.0.1', {other}), 3)",
    "the same by IPv6": "socket.create_connection(('::1', 3128), 3)",
    "the keeper's descriptors": "[socket.socket(fileno=os.dup(n)).getpeername() for n in range(3, 60)]",
    "the descriptors of process 1": "open('/proc/1/fd/' + os.listdir('/proc/1/fd')[-1])",
    "the descriptors of the keeper": "[open(f'/proc/{{os.getppid()}}/fd/{{n}}') for n in range(3, 20)]",
    "a socket in the file system": "[path for path in ('/run/loom/network', '/run/loom/outlet') if os.stat(path)]",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
async def test_nothing_but_the_proxy_is_reached(root: Path, walls: Confinement, attempt: str) -> None:
    heard: list[bytes] = []

    async def overhear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(10))
        writer.close()

    server = await asyncio.start_server(overhear, "127.0.0.1", 0)
    code = "import os, socket\n" + attempt.format(other=server.sockets[0].getsockname()[1]) + "\nprint('ESCAPED')\n"
    outcome = await python(code, root, walls, Beyond())
    server.close()
    assert "ESCAPED" not in outcome.stdout
    assert heard == []


async def test_a_command_that_takes_the_port_itself_keeps_nobody_else_out(root: Path, walls: Confinement) -> None:
    taken = "import socket\ntry:\n    socket.create_server(('127.0.0.1', 3128))\nexcept OSError:\n    print('taken')\n"
    outcome = await python(taken + TALK, root, walls, Beyond())
    assert outcome.stdout.split("\n")[:2] == ["taken", "heard you"]


async def test_a_command_that_cannot_start_leaves_nothing(root: Path, walls: Confinement) -> None:
    outcome = await run(["no-such-program"], root=root, how=walls, network=Beyond().answer)
    assert outcome.ended == "not_found"
    assert (await run(shell("exit 3"), root=root, how=walls, network=Beyond().answer)).exit_code == 3
