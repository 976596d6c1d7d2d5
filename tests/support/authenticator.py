"""The app on a person's phone that shows one-time codes, with a clock that tests move."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp

from loom_app.auth import second_factor, service
from loom_app.auth.models import User
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database


@dataclass
class Authenticator:
    """A seed and the recovery codes that came with it."""

    user_id: str
    secret: str
    recovery_codes: list[str] = field(default_factory=list)
    now: datetime = field(default_factory=now)

    @classmethod
    async def of(cls, db: Database, vault: Vault, user: User) -> "Authenticator":
        """The app of `user`, whose second factor is on from now on."""
        async with db.write() as tx:
            held = await service.get(tx, user.id, to_change=True)
            app = cls(user.id, (await second_factor.offer(tx, vault, held)).secret)
            app.recovery_codes = await second_factor.confirm(tx, vault, held, app.code())
        return app

    def code(self, seconds: int = 0) -> str:
        """What the app shows `seconds` from its present moment."""
        return pyotp.TOTP(self.secret).at(self.now + timedelta(seconds=seconds))

    def wait(self, seconds: int) -> None:
        """Moves the app's clock on."""
        self.now += timedelta(seconds=seconds)
