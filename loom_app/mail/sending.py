"""Handing letters over to the server: one connection for many, and what became of each."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPRecipientsRefused

from loom_app.config import Smtp
from loom_app.config.mail import IMPLICIT_TLS
from loom_app.mail.letters import Letter, is_address, message

STEPS = 4
"""How many answers of the server one letter waits for."""


class Fate(StrEnum):
    """What became of a letter."""

    TAKEN = "taken"
    LATER = "later"
    """The server takes it later, perhaps: the letter is to blame, or whom it is for."""
    NEVER = "never"
    LOST = "lost"
    """The connection was lost with this letter; it may have been taken."""
    AWAY = "away"
    """The server cannot be used at all, and no letter is to blame."""


@dataclass(frozen=True)
class Outcome:
    """What became of a letter, and why in a sentence when it was not taken."""

    fate: Fate
    problem: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the server has it."""
        return self.fate == Fate.TAKEN


TAKEN = Outcome(Fate.TAKEN)


class Mailer:
    """A connection to the server, made when the first letter is sent. Use it with `async with`."""

    def __init__(self, of: Smtp) -> None:
        self._of = of
        implicit = of.use_tls and of.port == IMPLICIT_TLS
        self._smtp = SMTP(
            hostname=of.host, port=of.port, username=of.username or None, password=of.password or None,
            use_tls=implicit, start_tls=of.use_tls and not implicit, timeout=of.seconds,
            local_hostname=of.sender.rpartition("@")[2] or "localhost",
        )  # fmt: skip

    async def __aenter__(self) -> "Mailer":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._smtp.is_connected and kind is None:
            with suppress(SMTPException, OSError, TimeoutError):
                await self._smtp.quit()
        self._smtp.close()

    async def send(self, letter: Letter) -> Outcome:
        """Hands the letter over. A fault of server or way is an outcome like any other."""
        if not self._of.is_set:
            return Outcome(Fate.AWAY, "No server for e-mail is set up (smtp.host in config.yaml).")
        if not is_address(letter.to):
            return Outcome(Fate.NEVER, "There is no address that e-mail could go to.")
        away = await self._away()
        return away or await self._hand_over(letter)

    async def _away(self) -> Outcome | None:
        """Connects; why that failed."""
        if self._smtp.is_connected:
            return None
        try:
            async with asyncio.timeout(self._of.seconds * STEPS):
                await self._smtp.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            self._smtp.close()
            return Outcome(Fate.AWAY, f"{self._of.host}:{self._of.port} cannot be used: {_said(error)}.")
        return None

    async def _hand_over(self, letter: Letter) -> Outcome:
        try:
            async with asyncio.timeout(self._of.seconds * STEPS):
                await self._smtp.send_message(message(letter, self._of.sender))
        except SMTPRecipientsRefused as error:
            return _refused(error.recipients[0])
        except SMTPDataError as error:
            return _refused(error)
        except SMTPException as error:
            if self._smtp.is_connected:
                return Outcome(Fate.AWAY, f"{self._of.host} takes nothing from {self._of.sender}: {_said(error)}.")
            return self._lost(error)
        except (OSError, TimeoutError) as error:
            return self._lost(error)
        return TAKEN

    def _lost(self, error: Exception) -> Outcome:
        self._smtp.close()
        return Outcome(Fate.LOST, f"The connection to {self._of.host} was lost: {_said(error)}.")


def _refused(error: SMTPRecipientRefused | SMTPDataError) -> Outcome:
    fate = Fate.NEVER if error.code >= 500 else Fate.LATER
    return Outcome(fate, f"Refused with {error.code}: {' '.join(str(error.message).split())[:300]}")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".") or (
        "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    )
