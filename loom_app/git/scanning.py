"""Asking a host for its keys, so that a person can accept the one whose fingerprint they have checked."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE

from loom_app.git.hosts import HostKey, read_known_hosts
from loom_app.git.places import SSH_PORT, Place
from loom_app.kernel.errors import Invalid, Unavailable

SECONDS = 15


async def shown_key(place: Place, fingerprint: str) -> HostKey:
    """The key of that fingerprint which the host at `place` shows at this moment.

    Raises Invalid when it shows others only, Unavailable when it shows none.
    """
    shown = [HostKey(place.known_as, key.kind, key.key) for key in read_known_hosts(await _scanned(place))]
    if not shown:
        raise Unavailable(f"{place.known_as} shows no key. Check the address and the network.", code="remote_gone")
    for key in shown:
        if key.fingerprint == fingerprint:
            return key
    named = ", ".join(key.fingerprint for key in shown)
    raise Invalid(
        f"{place.known_as} does not show the key {fingerprint}, but {named}. Compare with what its owners publish.",
        code="other_host_key",
    )


async def _scanned(place: Place) -> str:
    port = str(place.port or SSH_PORT)
    process = await asyncio.create_subprocess_exec(
        "ssh-keyscan", "-T", str(SECONDS), "-p", port, "--", place.host, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(2 * SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace")
