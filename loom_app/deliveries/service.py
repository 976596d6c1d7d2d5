"""Gathering what somebody is to be told, and sending it."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import memberships
from loom_app.auth.models import User
from loom_app.config import Settings
from loom_app.deliveries import repository, timing, writing
from loom_app.deliveries.models import LetterRow, LetterStatus, Progress, Way
from loom_app.events.event_type import Priority
from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.mail.letters import is_address
from loom_app.mail.sending import Fate, Mailer, Outcome
from loom_app.notifications import preferences
from loom_app.notifications.models import Preferences

KEPT = timedelta(days=30)
MOST_AT_A_TIME = 200


async def due(db: Database, settings: Settings, limit: int) -> list[tuple[Way, str]]:
    """Whom to gather for now, by which way."""
    ways = [Way.WEBHOOK, *([Way.EMAIL] if settings.smtp.is_set else [])]
    async with db.read() as tx:
        return [(way, user_id) for way in ways for user_id in await repository.due(tx, way, now(), limit)]


async def gather(tx: AsyncSession, user_id: str, way: Way) -> LetterRow | None:
    """Makes one letter of what is to be told now; None when that is nothing, or waits for its time."""
    actor, wishes, at = await memberships.as_actor(tx, user_id), await preferences.of(tx, user_id), now()
    if actor is None or not (wishes.enable_email if way is Way.EMAIL else wishes.enable_webhook):
        return None
    row = await repository.progress(tx, user_id, way, wishes, at)
    if way is Way.EMAIL and await repository.waits(tx, user_id):
        return None
    rows, upto = await repository.news(tx, actor, way, row.seq, at)
    if not rows:
        row.seq, row.due_at, row.set_at = upto, None, at
        return None
    if row.due_at is None or wishes.updated_at > row.set_at:
        row.due_at, row.set_at = timing.due(wishes, at), at
    whole = _is_time(row, wishes)
    chosen = rows if whole else [one for one in rows if one.priority == Priority.CRITICAL]
    if not chosen or not (whole or timing.critical_may_go(wishes, at)):
        return None
    if whole and len(rows) < repository.MOST_TOLD:
        row.seq, row.due_at = upto, None
    kept = writing.items(chosen, await repository.project_names(tx, chosen))
    made = LetterRow(
        id=new_id("letter"), user_id=user_id, way=way, status=LetterStatus.WAITING, subject=writing.subject(kept)[:300],
        items=kept, made_at=at, due_at=at,
    )  # fmt: skip
    tx.add(made)
    await repository.told(tx, [one.id for one in chosen], way, made.id, at)
    if way is Way.WEBHOOK:
        _tell(tx, made, actor)
    return made


def _is_time(row: Progress, wishes: Preferences) -> bool:
    """Whether what waits is told now; where that falls into quiet hours it waits for their end."""
    at = now()
    if row.due_at is None or row.due_at > at:
        return False
    quiet = preferences.quiet_until(wishes, at)
    row.due_at = quiet or row.due_at
    return quiet is None


def _tell(tx: AsyncSession, made: LetterRow, actor: Actor) -> None:
    """Has the person's webhooks told: by an event that is for them alone."""
    made.status, made.sent_at = LetterStatus.SENT, made.made_at
    said = {"letter_id": made.id, "count": len(made.items), "notifications": made.items, PRIVATE_TO: actor.id}
    append(tx, "notification.told", actor=SYSTEM, subject_id=actor.id, data=said)


async def send_all(db: Database, settings: Settings) -> int:
    """Sends the letters whose time has come, over one connection, until the server is away; how many were taken."""
    taken = 0
    async with Mailer(settings.smtp) as mailer:
        for _ in range(MOST_AT_A_TIME):
            async with db.write() as tx:
                row = await repository.claim(tx, now())
            if row is None:
                break
            outcome = await _send(db, settings, mailer, row)
            async with db.write() as tx:
                await _settle(tx, row, outcome)
            taken += outcome.is_taken
            if outcome.fate is Fate.AWAY:
                break
    return taken


async def _send(db: Database, settings: Settings, mailer: Mailer, row: LetterRow) -> Outcome:
    """Hands over what of the letter its reader may still see."""
    async with db.read() as tx:
        actor, user = await memberships.as_actor(tx, row.user_id), await tx.get(User, row.user_id)
    if actor is None or user is None:
        return Outcome(Fate.NEVER, "The account may no longer come in.")
    kept = [one for one in row.items if one["project_id"] is None or actor.sees(one["project_id"])]
    if not kept:
        return Outcome(Fate.NEVER, "Whom it was for no longer sees what it tells.")
    to = user.email or ""
    if not is_address(to):
        return Outcome(Fate.NEVER, "There is no address that e-mail could go to.")
    return await mailer.send(writing.letter(row, kept, to, settings.base_url))


async def _settle(tx: AsyncSession, row: LetterRow, outcome: Outcome) -> None:
    tried = {"tries": row.tries + 1, "problem": outcome.problem}
    if outcome.is_taken:
        await repository.settle(tx, row.id, **tried, status=LetterStatus.SENT, sent_at=now())
        return
    again = None if outcome.fate is Fate.NEVER else timing.next_try(row.tries, row.made_at, now())
    if again is not None:
        await repository.settle(tx, row.id, **tried, due_at=again)
        return
    await repository.settle(tx, row.id, **tried, status=LetterStatus.FAILED)
    said = {"letter_id": row.id, "problem": outcome.problem, PRIVATE_TO: row.user_id}
    append(tx, "notification.undelivered", actor=SYSTEM, subject_id=row.user_id, data=said)


async def forget_old(db: Database) -> None:
    """Removes letters older than thirty days."""
    async with db.write() as tx:
        await repository.forget(tx, now() - KEPT)
