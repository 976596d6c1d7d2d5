"""Who holds a bead, by name: an agent, a person, or whoever its file names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import service as users
from loom_app.beads import repository
from loom_app.kernel.actor import SYSTEM, Actor


@dataclass(frozen=True)
class Names:
    """What agents and people are called, by id."""

    agents: Mapping[str, str]
    people: Mapping[str, str]

    def of(self, holder: str) -> str | None:
        """The name of whoever has the id `holder`, or what stands there when it is no id; None for nobody."""
        return self.agents.get(holder) or self.people.get(holder) or holder or None

    def told(self, holder: str) -> str:
        """`holder` in a sentence."""
        return f"agent {self.agents[holder]}" if holder in self.agents else self.of(holder) or "nobody"


async def names(tx: AsyncSession, holders: Iterable[str], actor: Actor = SYSTEM) -> Names:
    """The names of `holders`, of agents those of projects that `actor` sees."""
    ids = {holder for holder in holders if holder}
    return Names(await repository.agent_names(tx, ids, actor), await users.names(tx, ids)) if ids else Names({}, {})
