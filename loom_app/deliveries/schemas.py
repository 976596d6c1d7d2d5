"""What the API gives of deliveries."""

from datetime import datetime

from loom_app.deliveries.models import LetterStatus, Way
from loom_app.kernel.rest import Shown


class LetterView(Shown):
    """One letter, or message to webhooks, and what became of it."""

    id: str
    way: Way
    status: LetterStatus
    subject: str
    count: int
    """How many notifications stand in it."""
    made_at: datetime
    due_at: datetime
    """While it waits: when it is tried next."""
    sent_at: datetime | None
    tries: int
    problem: str


class LettersView(Shown):
    """One's newest letters, newest first."""

    letters: list[LetterView]
    count: int
    mail_is_set_up: bool
    """Whether this Loom has a server that takes e-mail."""
