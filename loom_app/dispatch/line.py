"""A project's ready beads in line for its idle agents, page by page: beads that wait hide nobody behind them."""

from collections import deque
from itertools import islice
from typing import Any

from loom_app.auth import service as users
from loom_app.beads import service as beads
from loom_app.dispatch import repository
from loom_app.dispatch.hints import READ
from loom_app.dispatch.matching import Match, able, match
from loom_app.dispatch.room import Place, Room
from loom_app.dispatch.scoring import Member, Past, Work
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database

PAGE = 200
TOGETHER = 10
"""How many beads are given out in one transaction: others who write wait for no longer than these take."""


class Line:
    """The line of one project. `team` and the places that are left are as this round knows them."""

    def __init__(self, db: Database, project_id: str, room: Room, *, team: list[Member], places: int | None) -> None:
        self._db, self._room = db, room
        self.project_id, self.team, self.places = project_id, team, places
        self._ahead = deque[Work]()
        self._last: Any | None = None
        self._more = True
        self._past: dict[str, dict[str, Past]] = {}

    async def next(self) -> tuple[Work, Match] | None:
        """The next bead that somebody idle can take, and who; None when there is none."""
        while self.may_go_on:
            work = await self._following()
            if work is None:
                return None
            if not able(work, self.team, self.full):
                continue
            found = match(work, self.team, await self._past_of(work), self.full)
            if found:
                return work, found
        return None

    @property
    def may_go_on(self) -> bool:
        """Whether somebody is idle whom no limit keeps from work, and the column has room."""
        left = self.places is None or self.places > 0
        return left and any(one.status == "idle" and not self.full(one) for one in self.team)

    def given(self, agent: Member) -> None:
        """Takes note of a run that was begun with `agent`."""
        self.leave_out(agent)
        self.places = None if self.places is None else self.places - 1
        self._room.take(Place(self.project_id, agent.role, agent.provider_id or "", agent.id))

    def take_back(self, agent: Member, work: Work | None = None) -> None:
        """Forgets a run with `agent` that was not begun after all; `work` is the next in line again."""
        self.team.append(agent)
        self.places = None if self.places is None else self.places + 1
        self._room.leave(agent.id)
        if work is not None:
            self._ahead.appendleft(work)

    def end(self) -> None:
        """Gives out nothing more."""
        self.team = []

    def leave_out(self, agent: Member) -> None:
        """Asks this agent no more."""
        self.team = [one for one in self.team if one.id != agent.id]

    def full(self, agent: Member) -> str:
        """The limit that keeps an agent from work, in words."""
        if not self._room.is_limited:
            return ""
        reached = self._room.full(Place(self.project_id, agent.role, agent.provider_id or ""))
        return str(reached[0]) if reached else ""

    async def _past_of(self, work: Work) -> dict[str, Past]:
        """What bears on who takes it; of those behind it that is read along."""
        if work.id not in self._past:
            async with self._db.read() as tx:
                some = [work, *islice(self._ahead, TOGETHER - 1)]
                self._past = await repository.past(tx, self.project_id, some)
        return self._past[work.id]

    async def _following(self) -> Work | None:
        if not self._ahead and self._more:
            async with self._db.read() as tx:
                page = await beads.ready_page(tx, self.project_id, now(), after=self._last, limit=PAGE, described=READ)
                people = await users.among(tx, (row.assigned_to for row in page if row.assigned_to))
            self._ahead.extend(work_of(row, row.assigned_to in people) for row in page)
            self._last, self._more = page[-1] if page else None, len(page) == PAGE
        return self._ahead.popleft() if self._ahead else None


def work_of(row: Any, for_person: bool) -> Work:
    """What of a bead decides who takes it."""
    return Work(
        id=row.id, type=row.type, title=row.title, tags=tuple(row.tags or ()), assigned_to=row.assigned_to or "",
        for_person=for_person, description=(row.description or "")[:READ],
    )  # fmt: skip
