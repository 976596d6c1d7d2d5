"""Connections to providers: guarded as all of Loom's are, and refused in words about providers."""

from functools import partial

from loom_app.kernel.guarded import GuardedTransport
from loom_app.providers.errors import ProviderError


def _forbidden(why: str) -> ProviderError:
    place = ", where only an administrator may place a provider; ask one to register it"
    told = why + (place if why.endswith("private network") else "")
    return ProviderError(
        f"The provider's address is refused: {told}.", kind="bad_request", billed=False, answered=False
    )


provider_transport = partial(GuardedTransport, refused=_forbidden)
"""The transport of a provider; `private_allowed` says whether it may be in a private network."""
