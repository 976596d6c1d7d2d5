"""One tick: the log is heard, every condition looked at, and the most pressing of what is due fired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import trying
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.motivations import due, hearing, repository
from loom_app.motivations.firing import FIRING_LOCK, fire
from loom_app.motivations.models import MotivationTrigger
from loom_app.motivations.scene import Finding, Scene

log = get_logger(__name__)
KEPT = 20_000
"""How many firings the history keeps."""
FORGET_EVERY = 100
"""After how many firings what is beyond those is forgotten."""


@dataclass(frozen=True)
class Ticked:
    """How many fired, and how many are still due."""

    fired: int = 0
    left: int = 0


async def tick(db: Database, settings: Settings, moment: datetime | None = None) -> Ticked:
    """Fires what is due, at most `most_per_tick` in one transaction; what is left stays due.

    Where nothing is due nothing is written.
    """
    if not settings.motivations.enabled:
        return Ticked()
    moment = moment or now()
    async with db.read() as tx:
        scene = await due.scene_of(tx, moment)
    if not scene.motivations:
        return Ticked()
    await hearing.hear(db, scene)
    ready = await _ready(db, scene, settings)
    fired = await _fire(db, ready[: settings.motivations.most_per_tick], scene)
    return Ticked(fired, len(ready) - fired)


async def _ready(db: Database, scene: Scene, settings: Settings) -> list[due.Checked]:
    async with db.read() as tx:
        looked_at = await due.checked(tx, scene, await due.found(tx, scene, settings))
    return _one_of_each([one for one in looked_at if not one.why_not])


def _one_of_each(ready: list[due.Checked]) -> list[due.Checked]:
    """Without those that would cool down as soon as another of the list has fired."""
    met: set[tuple[str, str, str]] = set()
    found = []
    for one in ready:
        key = due.key_of(one.finding)
        if key not in met or one.finding.motivation.cooldown_minutes == 0:
            met.add(key)
            found.append(one)
    return found


async def _fire(db: Database, ready: Sequence[due.Checked], scene: Scene) -> int:
    """Fires what was not switched off, fired or begun to cool down since it was looked at; how many did.

    One that fails is tried again at the next tick and keeps none of the others from firing.
    """
    if not ready:
        return 0
    async with db.write() as tx:
        await one_at_a_time(tx, FIRING_LOCK)
        on = await repository.still_enabled(tx, {one.finding.motivation.id for one in ready})
        again = [due.with_motivation(one.finding, on[key]) for one in ready if (key := one.finding.motivation.id) in on]
        fired = [await _tried(tx, one.finding, scene) for one in await due.checked(tx, scene, again) if not one.why_not]
        if any(one is not None and (one.seq or 0) % FORGET_EVERY == 0 for one in fired):
            await repository.forget(tx, KEPT)
    return sum(one is not None for one in fired)


async def _tried(tx: AsyncSession, finding: Finding, scene: Scene) -> MotivationTrigger | None:
    """The firing, None where there was none; of one that failed nothing is left."""
    motivation_id = finding.motivation.id
    try:
        async with trying(tx):
            return await fire(tx, finding, scene.moment)
    except (LoomError, SQLAlchemyError) as error:
        log.warning("motivation did not fire", motivation=motivation_id, cause=finding.cause, error=str(error))
        await repository.still_enabled(tx, {motivation_id})  # what is undone is forgotten, and others may need it
        return None
