"""A project of many beads for measurements: the same at each call, written in seconds."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import insert

from loom_app.beads.models import Bead, Comment, Dependency
from loom_app.beads.settling import settle_all
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.textindex import in_bulk
from loom_app.projects.models import Project

PROJECT = "many"
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
BATCH = 5_000
WORDS = 8_000
SENTENCES = 6_000
COMMON = """
    the a to of and in is it for on with that this not from be as by when should must after before bead board agent
    login page test error build cache server retry timeout database index search export import user password token
    session branch commit merge release deploy config setting button dialog keyboard focus column filter lease worker
    queue provider model prompt reply action sandbox command file path line diff patch review comment notify mail
""".split()  # noqa: SIM905 - read as prose
TYPES = ("task", "task", "task", "bug", "bug", "feature", "chore", "epic")
STATUSES = ("done",) * 12 + ("open",) * 6 + ("blocked", "in_progress")
TAGS = ("backend", "frontend", "docs", "security", "performance", "flaky")
PEOPLE = ("ada", "grace", "linus", "qa-engineer", "devops-engineer", "")
LINKS = ("blocks",) * 8 + ("related", "discovered-from")


async def fill(db: Database, beads: int, dependencies: int = 0, comments: int = 0, project_id: str = PROJECT) -> None:
    """Makes the project with so many beads of about 400 characters, dependencies (never a cycle) and comments."""
    chance = random.Random(4)
    prose = _Prose(chance)
    async with db.write() as tx:
        tx.add(Project(id=project_id, name="Many"))
        await tx.flush()
        await in_bulk(tx, beads)
        for model, rows in (
            (Bead, _beads(chance, prose, beads, project_id)),
            (Dependency, _dependencies(chance, beads, dependencies)),
            (Comment, _comments(chance, prose, beads, comments)),
        ):
            for some in _batches(rows):
                await tx.execute(insert(table(model)), some)
        await settle_all(tx)


def id_of(number: int) -> str:
    """The id of the bead `number`, from 0."""
    return f"bd-{number:05x}"


class _Prose:
    """Sentences in which some words are everywhere and most are rare, as in any language."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        rare = ["".join(chance.choices(("ka", "lo", "mi", "ser", "tan", "vo", "ri", "ben"), k=4)) for _ in range(WORDS)]
        words = [*COMMON, *rare]
        weights = list(accumulate(1 / (rank + 4) for rank in range(len(words))))
        self._sentences = [
            " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(5, 14))).capitalize() + "."
            for _ in range(SENTENCES)
        ]

    def title(self, number: int) -> str:
        """A short sentence with a word that no other title has."""
        return f"{self._chance.choice(self._sentences)[:60].rsplit(' ', 1)[0].strip('.')} case{number}"

    def text(self, sentences: int) -> str:
        """Some 65 characters a sentence."""
        return " ".join(self._chance.choices(self._sentences, k=sentences))


def _beads(chance: random.Random, prose: _Prose, beads: int, project_id: str) -> Iterator[dict[str, Any]]:
    for number in range(beads):
        status, made = chance.choice(STATUSES), BEGIN + timedelta(minutes=5 * number)
        done = made + timedelta(days=2) if status == "done" else None
        yield {
            "id": id_of(number), "project_id": project_id, "type": chance.choice(TYPES), "title": prose.title(number),
            "description": prose.text(5), "status": status, "priority": chance.choice((0, 1, 2, 2, 2, 3, 4)),
            "assigned_to": chance.choice(PEOPLE), "tags": chance.sample(TAGS, chance.randint(0, 2)),
            "created_by": "ada", "created_at": made, "updated_at": done or made, "closed_at": done,
            "close_reason": prose.text(1) if done else "",
        }  # fmt: skip


def _dependencies(chance: random.Random, beads: int, dependencies: int) -> Iterator[dict[str, Any]]:
    """Each bead depends on some made not long before it; every seventh has one of them as its parent."""
    each, more = divmod(dependencies, max(1, beads))
    for number in range(beads):
        wanted = each + (number < more)
        behind = range(max(0, number - 1_000 - 2 * wanted), number)
        for place, other in enumerate(chance.sample(behind, min(wanted, len(behind)))):
            kind = "parent-child" if place == 0 and number % 7 == 0 else chance.choice(LINKS)
            yield {"bead_id": id_of(number), "depends_on_id": id_of(other), "type": kind}


def _comments(chance: random.Random, prose: _Prose, beads: int, comments: int) -> Iterator[dict[str, Any]]:
    for number in range(comments):
        said = BEGIN + timedelta(minutes=10 * number)
        yield {
            "id": f"cmt-{number:06x}", "bead_id": id_of(chance.randrange(beads)), "author": chance.choice(PEOPLE[:3]),
            "content": prose.text(2), "created_at": said, "updated_at": said,
        }  # fmt: skip


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some
