"""The same change to several beads: all of them or none."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import wip
from loom_app.beads.closing import check_all_closable, closes, take_below
from loom_app.beads.dependencies import hold_graph
from loom_app.beads.editing import update
from loom_app.beads.history import changing, last_change
from loom_app.beads.lookup import all_to_change
from loom_app.beads.models import Bead
from loom_app.beads.schemas import MOST_TAGS, BeadChange, BulkChange
from loom_app.beads.settling import at_once
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Invalid


@dataclass(slots=True)
class Changed:
    """Which beads a change of several touched; `change_id` is None where none differed."""

    change_id: str | None = None
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


async def update_all(tx: AsyncSession, wanted: BulkChange, *, actor: Actor) -> Changed:
    """Applies one change to every bead named. Raises what `update` does for the first bead that it is refused for."""
    _refuse_repeated(wanted.ids)
    done = Changed()
    if wanted.change.status and actor.is_person:
        await wip.wait_turns(tx, wanted.ids)
    if "parent" in wanted.change.model_fields_set:
        await hold_graph(tx)
    async with changing(tx, actor, wanted.change.reason):
        below = await take_below(tx, wanted.ids, wanted.change, actor)
        beads = await all_to_change(tx, wanted.ids, actor)
        together = closes(wanted.change) and not wanted.change.close_children
        if together and not wanted.change.force:
            await check_all_closable(tx, beads.values(), actor)
        before = {bead_id: bead.updated_at for bead_id, bead in beads.items()}
        async with at_once(tx, actor):
            for bead_id in wanted.ids:
                await update(tx, bead_id, _for(beads[bead_id], wanted, force=together), actor=actor)
        for bead_id in wanted.ids:
            (done.changed if beads[bead_id].updated_at != before[bead_id] else done.unchanged).append(bead_id)
        done.changed += below
    done.change_id = last_change(tx)
    return done


def _for(bead: Bead, wanted: BulkChange, *, force: bool) -> BeadChange:
    """The change as it is for one of the beads; with `force` nobody asks again for what is under it."""
    given = wanted.change.model_dump(exclude_unset=True) | ({"force": True} if force else {})
    if wanted.add_tags or wanted.remove_tags:
        tags = given.get("tags", bead.tags) or []
        kept = [tag for tag in tags if tag not in wanted.remove_tags]
        given["tags"] = list(dict.fromkeys([*kept, *wanted.add_tags]))
        if len(given["tags"]) > MOST_TAGS:
            raise Invalid(
                f"{bead.id} would have {len(given['tags'])} tags, {MOST_TAGS} at most. Nothing was changed.",
                code="too_many_tags",
            )
    return BeadChange.model_construct(set(given), **given)


def _refuse_repeated(bead_ids: list[str]) -> None:
    repeated = ", ".join(sorted(bead_id for bead_id, times in Counter(bead_ids).items() if times > 1))
    if repeated:
        raise Invalid(f"The list names {repeated} more than once. Name each bead once.", code="repeated_ids")
