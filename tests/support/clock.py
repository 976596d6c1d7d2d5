"""A machine whose clock is set: everything that asks Loom's clock, or checks a session's times, sees it at once."""

from datetime import datetime, timedelta, tzinfo

import pytest


class Clock:
    """What the machine says; `set` puts it forwards, or back with a number below 0, from the real time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._off = timedelta()
        of = self

        class Told(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Told":
                moment = datetime.now(tz) + of._off
                return cls.fromtimestamp(moment.timestamp(), tz)

        for place in ("loom_app.kernel.clock.datetime", "jwt.api_jwt.datetime"):
            monkeypatch.setattr(place, Told)

    def set(self, **ahead: float) -> None:
        """So far from the real time."""
        self._off = timedelta(**ahead)
