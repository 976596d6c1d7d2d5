"""Connections that go only where they may: a name is resolved once, checked, and connected to as checked."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from loom_app.kernel.addresses import literal_address, name_refusal, refusal
from loom_app.kernel.errors import Forbidden, LoomError

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)


class AddressRefused(Forbidden):
    """A connection was to go where Loom does not call."""

    code = "address_refused"


def _refused(why: str) -> LoomError:
    return AddressRefused(f"The address is refused: {why}.")


async def checked_addresses(host: str, port: int, timeout: float | None, *, private_allowed: bool) -> list[str]:
    """The addresses `host` stands for at this moment, each of them checked: connect to these, not to the name.

    Raises AddressRefused when one of them is forbidden, and httpcore's ConnectError or ConnectTimeout for none.
    """
    why = name_refusal(host, private_allowed=True)
    if why:
        raise AddressRefused(why)
    spelled = literal_address(host)
    addresses = [str(spelled)] if spelled else await _resolve(host, port, timeout)
    for address in addresses:
        why = refusal(ip_address(address.split("%", 1)[0]), private_allowed=private_allowed)
        if why:
            raise AddressRefused(why if spelled else f"{host} stands for {why}")
    return addresses


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections after asking about every address a name stands for; `refused` makes the fault of a why."""

    def __init__(self, *, private_allowed: bool, refused: Callable[[str], LoomError] = _refused) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._private_allowed, self._refused = private_allowed, refused

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The first address that answers. Raises what `refused` makes for a forbidden one."""
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        try:
            addresses = await checked_addresses(host, port, timeout, private_allowed=self._private_allowed)
        except AddressRefused as error:
            raise self._refused(error.message) from None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        """Waits, for httpcore's own retries."""
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on guarded connections; no proxies, no redirects of its own."""

    def __init__(self, *, private_allowed: bool, refused: Callable[[str], LoomError] = _refused) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=GuardedBackend(private_allowed=private_allowed, refused=refused),
        )


@lru_cache(1)
def _tls() -> SSLContext:
    """One context for all: reading the certificates takes longer than many a request."""
    return httpx.create_ssl_context()


async def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from error
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} cannot be resolved") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
