"""What people ask of one motivation: would it fire now, and fire it."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.ids import new_id
from loom_app.motivations import causes, due, hearing, repository
from loom_app.motivations.firing import FIRING_LOCK, fire
from loom_app.motivations.happenings import KINDS
from loom_app.motivations.models import BY_HAND, Motivation, MotivationTrigger
from loom_app.motivations.scene import Finding, Place, Scene
from loom_app.motivations.verdicts import Verdict
from loom_app.projects import service as projects


async def evaluate_one(
    tx: AsyncSession, motivation: Motivation, *, settings: Settings, actor: Actor = SYSTEM, project_id: str = ""
) -> Verdict:
    """Whether it would fire now in a project that `actor` sees, or in this one, and why or why not. Changes nothing."""
    motivation = await repository.get(tx, motivation.id) or motivation
    scene = await _seen(tx, motivation, actor, project_id)
    looked_at = [*await due.found(tx, scene, settings), *await hearing.unheard(tx, scene)]
    checked = await due.checked(tx, scene, looked_at)
    off = "" if motivation.enabled else "It is disabled. Were it not: "
    off = off or ("" if settings.motivations.enabled else "Motivations are off in the settings. Were they not: ")
    for one in sorted(checked, key=lambda one: bool(one.why_not)):
        return _verdict(one.finding, f"{off}{_begun(_why(one))}", fires=not one.why_not and not off)
    for finding in looked_at:
        return _verdict(finding, f"{off}{_begun(finding.what)} in {finding.place.name}.", fires=False)
    return Verdict(False, off + _nothing(scene, motivation))


async def trigger(
    tx: AsyncSession, motivation: Motivation, *, actor: Actor, project_id: str = "", force: bool = False
) -> MotivationTrigger:
    """Fires it now, whether or not its condition holds and whether or not it is on; the caller has seen that it may.

    In the project named, else in its own, else where work goes that names none. Raises NotFound, Invalid for a project
    it is not for, and Conflict while it cools down unless `force` is set.
    """
    await one_at_a_time(tx, FIRING_LOCK)
    fresh = await repository.locked(tx, motivation.id) or motivation
    scene = await _seen(tx, fresh, actor, project_id)
    place = await _place(tx, scene, fresh, actor, project_id)
    if not force:
        await _check_cool(tx, fresh, place, scene)
    finding = Finding(
        fresh,
        place,
        f"{BY_HAND}{new_id('by')}",
        f"{actor.name} asked for it",
        {"asked_by": actor.name, "forced": force},
    )
    fired = await fire(tx, finding, scene.moment, actor=actor)
    assert fired is not None
    return fired


async def _seen(tx: AsyncSession, motivation: Motivation, actor: Actor, project_id: str) -> Scene:
    """The scene of one motivation, with the projects that are meant and seen."""
    if project_id:
        await projects.get_open(tx, project_id, actor=actor)
        if motivation.project_id not in (None, project_id):
            raise Invalid(
                f"{motivation.name!r} is for the project {motivation.project_id}, not for {project_id}.",
                code="motivation_elsewhere",
            )
    scene = await due.scene_of(tx, now(), [motivation], explain=True)
    wanted = {
        key: place for key, place in scene.places.items() if actor.sees(key) and (not project_id or key == project_id)
    }
    return replace(scene, places=wanted, seen_by=actor)


async def _place(tx: AsyncSession, scene: Scene, motivation: Motivation, actor: Actor, project_id: str) -> Place:
    meant = {place.id: place for place in scene.where(motivation)}
    usual = await projects.usual(tx, actor)
    for wanted in (project_id, motivation.project_id, usual.id if usual and usual.id in meant else None, *meant):
        if wanted and wanted in scene.places:
            return scene.places[wanted]
    if not scene.places or (motivation.project_id is not None and motivation.project_id not in scene.places):
        raise Conflict("There is no open project for it to fire in.", code="no_project")
    return next(iter(scene.places.values()))


async def _check_cool(tx: AsyncSession, motivation: Motivation, place: Place, scene: Scene) -> None:
    length = timedelta(minutes=motivation.cooldown_minutes)
    rows = await causes.last_firings(tx, [motivation.id], scene.moment - length, scene.moment)
    last = max((row.at for row in rows if row.project_id == place.id), default=None)
    if last is not None and scene.moment < last + length:
        raise Conflict(
            f"{motivation.name!r} fired in {place.name} at {rfc3339(last)} and cools down until "
            f"{rfc3339(last + length)}. Wait, or send force: true.",
            code="motivation_cooling", until=rfc3339(last + length),
        )  # fmt: skip


def _why(one: due.Checked) -> str:
    held = f"{one.finding.what} in {one.finding.place.name}"
    return f"{held}, but {one.why_not}." if one.why_not else f"{held}."


def _verdict(finding: Finding, why: str, *, fires: bool) -> Verdict:
    return Verdict(fires, why, finding.evidence, finding.cause, finding.place.id, finding.next_at)


def _nothing(scene: Scene, motivation: Motivation) -> str:
    if not any(True for _ in scene.where(motivation)):
        who = motivation.agent_role or motivation.agent_id
        return f"Nobody on the team of an open project is meant by {who}; it fires where somebody is."
    if motivation.condition in KINDS:
        return "Nothing of the kind has happened that it has not fired for."
    return "Its condition does not hold."


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
