"""One tick: the log is heard, every condition looked at, and the most pressing of what is due fired."""

from dataclasses import dataclass
from datetime import datetime

from loom_app.config import Settings
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.motivations import due, hearing, repository
from loom_app.motivations.firing import FIRING_LOCK, fire
from loom_app.motivations.scene import Scene

KEPT = 20_000
"""How many firings the history keeps."""


@dataclass(frozen=True)
class Ticked:
    """How many fired, and how many are still due."""

    fired: int = 0
    left: int = 0


async def tick(db: Database, settings: Settings, moment: datetime | None = None) -> Ticked:
    """Fires what is due, at most `most_per_tick`, each in a transaction of its own; what is left stays due.

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
    fired = 0
    for one in ready[: settings.motivations.most_per_tick]:
        fired += await _fire(db, one, scene)
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


async def _fire(db: Database, one: due.Checked, scene: Scene) -> int:
    """Fires unless that was switched off, fired or begun to cool down since it was looked at."""
    async with db.write() as tx:
        await one_at_a_time(tx, FIRING_LOCK)
        motivation = await repository.locked(tx, one.finding.motivation.id)
        if motivation is None or not motivation.enabled:
            return 0
        again = due.with_motivation(one.finding, motivation)
        if not any(not look.why_not for look in await due.checked(tx, scene, [again])):
            return 0
        fired = await fire(tx, again, scene.moment)
        if fired is not None and (fired.seq or 0) % 100 == 0:
            await repository.forget(tx, KEPT)
        return int(fired is not None)
