"""A real SMTP server on loopback that keeps what it takes, or says what it was told to say."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from loom_app.config import Smtp


@dataclass
class Mailbox:
    """Takes letters. `refused` answers recipients, `data` what is sent; `down` closes the door to everybody."""

    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    data: str = ""
    hangs: bool = False
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "Mailbox":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def open(self) -> None:
        """Opens the door, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Closes the door."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def settings(self, **more: Any) -> Smtp:
        """What Loom is told of the server."""
        of = {"host": "127.0.0.1", "port": self.port, "sender": "loom@example.org", "use_tls": False, "seconds": 2.0}
        return Smtp(**{**of, **more})

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers for a recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        """Keeps the letter, or answers something else."""
        if self.hangs:
            await asyncio.Event().wait()
        if self.data:
            return self.data
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        """What came, in order."""
        return [str(each["Subject"]) for each in self.taken]
