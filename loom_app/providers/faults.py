"""What goes wrong below HTTP, put into words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from loom_app.providers.errors import ProviderError


@dataclass
class Progress:
    """How far a request got. `answered` once the head of an answer has come."""

    answered: bool = False


@contextmanager
def named_faults(host: str, secret: str = "") -> Iterator[Progress]:
    """Turns network faults inside the block into ProviderError; keeps `secret` out of every message."""
    progress = Progress()
    try:
        yield progress
    except ProviderError as error:
        raise _without(error, secret) from error.__cause__
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise _without(_named(host, error, progress), secret) from error


def _named(host: str, error: Exception, progress: Progress) -> ProviderError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ProviderError(
            f"{host} cannot be reached ({_reason(error)}). Check that it runs and that the address is right.",
            kind="unreachable",
            billed=False,
            answered=False,
        )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return ProviderError(
            f"{host} did not {_late(error, progress)}. Try again later, choose a faster model or allow it more time.",
            kind="timeout",
            answered=progress.answered,
        )
    if isinstance(error, httpx.DecodingError):
        return ProviderError(f"{host} answered with a damaged body ({error}).", kind="garbage")
    if isinstance(error, httpx.LocalProtocolError | httpx.InvalidURL | httpx.UnsupportedProtocol):
        return ProviderError(
            f"{host} cannot be asked: the request is not valid HTTP. Check the provider's address and API key.",
            kind="bad_request",
            billed=False,
            answered=False,
        )
    when = "in the middle of its answer" if progress.answered else "without an answer"
    return ProviderError(
        f"{host} closed the connection {when}. The request can be repeated; the provider's own log says more.",
        kind="cut_off",
        answered=progress.answered,
    )


def _late(error: Exception, progress: Progress) -> str:
    if not progress.answered:
        return "begin to answer in time"
    return "finish its answer in time" if isinstance(error, TimeoutError) else "go on with its answer in time"


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time"
    text = str(error)
    return "connection refused" if "attempts failed" in text or not text else text


def _without(error: ProviderError, secret: str) -> ProviderError:
    if secret:
        error.message = error.message.replace(secret, "[key]")
        error.detail = error.detail.replace(secret, "[key]")
        error.args = (error.message,)
    return error
