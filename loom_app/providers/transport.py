"""Connections that go only where they may: a name is resolved once, checked, and connected to as checked."""

import asyncio
import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from loom_app.providers.endpoint import METADATA_NAMES, literal_address, refusal
from loom_app.providers.errors import ProviderError

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections after asking `refusal` about every address a name stands for."""

    def __init__(self, *, private_allowed: bool) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._private_allowed = private_allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The first address that answers. Raises ProviderError for a forbidden one."""
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        """Waits, for httpcore's own retries."""
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        if host.rstrip(".").lower() in METADATA_NAMES:
            raise _forbidden(f"{host} is a cloud's metadata service, which Loom never calls")
        spelled = literal_address(host)
        addresses = [str(spelled)] if spelled else await _resolve(host, port, timeout)
        for address in addresses:
            why = refusal(ip_address(address.split("%", 1)[0]), private_allowed=self._private_allowed)
            if why:
                raise _forbidden(why if spelled else f"{host} stands for {why}")
        return addresses


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport on guarded connections; no proxies, no redirects of its own."""

    def __init__(self, *, private_allowed: bool) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=GuardedBackend(private_allowed=private_allowed),
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


def _forbidden(why: str) -> ProviderError:
    return ProviderError(f"The provider's address is refused: {why}.", kind="bad_request", billed=False, answered=False)
