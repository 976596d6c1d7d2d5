"""The server that takes Loom's e-mail."""

import re
from collections.abc import Mapping

from pydantic import Field, model_validator

from loom_app.config.addresses import is_loopback
from loom_app.kernel.settings import Section

ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
"""An address of e-mail as servers everywhere take it."""
IMPLICIT_TLS = 465
ALSO_CALLED = {
    "SMTP_HOST": "LOOM_SMTP__HOST",
    "SMTP_PORT": "LOOM_SMTP__PORT",
    "SMTP_USERNAME": "LOOM_SMTP__USERNAME",
    "SMTP_PASSWORD": "LOOM_SMTP__PASSWORD",
    "SMTP_FROM": "LOOM_SMTP__SENDER",
    "SMTP_USE_TLS": "LOOM_SMTP__USE_TLS",
}
"""What the variables are called where other programs use them as well."""


class Smtp(Section):
    """Where e-mail is handed over. Without a host no e-mail is sent."""

    host: str = Field("", max_length=253)
    port: int = Field(587, ge=1, le=65535)
    """On 465 the connection is encrypted from its beginning, on others by STARTTLS."""
    username: str = Field("", max_length=256)
    password: str = Field("", max_length=1_000, repr=False)
    sender: str = Field("", max_length=320)
    """The address that e-mail comes from."""
    use_tls: bool = True
    """Whether the connection must be encrypted, with a certificate that is valid for the host."""
    seconds: float = Field(20, gt=0, le=120)
    """How long the server may take for one step."""

    @model_validator(mode="after")
    def _usable(self) -> "Smtp":
        if self.host and not re.fullmatch(r"[A-Za-z0-9.:_-]+", self.host):
            raise ValueError(f"host {self.host!r} is no name or address of a server; the port has its own setting")
        if self.host and not re.fullmatch(ADDRESS, self.sender):
            raise ValueError("sender must be the address that e-mail comes from, such as loom@example.com")
        if self.password and not self.use_tls and not is_loopback(self.host):
            raise ValueError("a password is sent over encrypted connections only; set use_tls, or leave out password")
        return self

    @property
    def is_set(self) -> bool:
        """Whether e-mail can be sent at all."""
        return bool(self.host)


def with_usual_names(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with its SMTP_* variables under Loom's names; those that are there already win."""
    usual = {ours: environ[theirs] for theirs, ours in ALSO_CALLED.items() if environ.get(theirs)}
    return {**usual, **environ}
