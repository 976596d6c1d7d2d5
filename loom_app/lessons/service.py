"""The rules of lessons: what is learned is kept once, bounded and without secrets; what matters is told."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyforms import without_keys
from loom_app.kernel.redaction import scrub
from loom_app.lessons import ranking, repository
from loom_app.lessons.finding import Finding
from loom_app.lessons.models import Category, Lesson
from loom_app.lessons.schemas import LessonChange, LessonDraft, weighed
from loom_app.projects import service as projects
from loom_app.reports.fingerprint import normalised

MOST = 200
"""How many lessons a project keeps; the lightest that nobody pinned or wrote go first."""
TOLD, TOLD_CHARACTERS = 5, 4_000
"""How many lessons a run is told of, and with how many characters in all."""


@dataclass(frozen=True)
class Source:
    """The run that taught something."""

    project_id: str
    bead_id: str
    agent_id: str
    run_id: str


async def get(tx: AsyncSession, lesson_id: str, *, actor: Actor = SYSTEM) -> Lesson:
    """The lesson, if `actor` sees its project. Raises NotFound."""
    found = await repository.get(tx, lesson_id)
    if found is None or not actor.sees(found.project_id):
        raise NotFound(
            f"There is no lesson {lesson_id[:100]!r}. GET /api/v1/projects/{{project_id}}/lessons lists them.",
            code="lesson_not_found",
        )
    return found


async def listed(
    tx: AsyncSession, project_id: str, *, actor: Actor, text: str = "", category: str = "", disabled: bool | None = None
) -> list[Lesson]:
    """The project's lessons, those that count most first; with `text` those that fit it best. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    every = [
        lesson
        for lesson in await repository.of_project(tx, project_id)
        if (not category or lesson.category == category) and disabled in (None, lesson.disabled)
    ]
    known, moment = [weighed(lesson) for lesson in every], now()
    if text.strip():
        ranked = zip(ranking.matching(known, text), every, strict=True)
        return [lesson for score, lesson in sorted(ranked, key=lambda pair: -pair[0]) if score > 0]
    heavy = zip((one.pinned * ranking.PINNED + ranking.weight(one, moment) for one in known), every, strict=True)
    return [lesson for _, lesson in sorted(heavy, key=lambda pair: -pair[0])]


async def create(tx: AsyncSession, project_id: str, draft: LessonDraft, *, actor: Actor) -> Lesson:
    """A lesson a person writes. Raises NotFound, and Conflict for one that is there and for one too many."""
    await projects.get_open(tx, project_id, actor=actor)
    if await repository.count(tx, project_id) >= MOST:
        raise Conflict(
            f"The project {project_id!r} has {MOST} lessons, and takes no more. Delete one first.", code="too_many"
        )
    same = f"by hand\n{draft.title}\n{draft.detail}"
    made = _new(project_id, draft.category, draft.title, draft.detail, same, draft.files)
    made.relevance, made.pinned, made.author = draft.relevance, draft.pinned, actor.id
    if not await repository.add(tx, made):
        raise Conflict("The project has this lesson already.", code="lesson_known")
    _tell(tx, "lesson.created", made, actor)
    return await get(tx, made.id)


async def update(tx: AsyncSession, lesson_id: str, change: LessonChange, *, actor: Actor) -> Lesson:
    """The lesson with `change` applied. Raises NotFound."""
    found = await get(tx, lesson_id, actor=actor)
    given = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    given |= {name: clean(given[name]) for name in ("title", "detail") if name in given}
    fields = {name: value for name, value in given.items() if getattr(found, name) != value}
    for name, value in fields.items():
        setattr(found, name, value)
    if fields:
        found.updated_at = now()
        _tell(tx, "lesson.updated", found, actor, fields=sorted(fields))
    return found


async def delete(tx: AsyncSession, lesson_id: str, *, actor: Actor) -> None:
    """Removes a lesson; what happens again is learned again. Raises NotFound."""
    found = await get(tx, lesson_id, actor=actor)
    await tx.delete(found)
    _tell(tx, "lesson.deleted", found, actor)


async def learn(tx: AsyncSession, findings: Iterable[Finding], source: Source) -> None:
    """Keeps what a run taught: what is new as a lesson, what is known with one more hit."""
    for finding in findings:
        made = _new(
            source.project_id,
            finding.category,
            finding.title,
            finding.detail,
            normalised(finding.signature),
            list(finding.files),
        )
        made.source_bead_id, made.source_agent_id, made.source_run_id = source.bead_id, source.agent_id, source.run_id
        if await repository.add(tx, made):
            _tell(tx, "lesson.learned", made, SYSTEM)
        else:
            await repository.heard_again(tx, made)
    await _bound(tx, source.project_id)


async def for_work(tx: AsyncSession, project_id: str, work: str) -> list[Lesson]:
    """The lessons that matter most for `work`, within the bounds of what is told, best first; counted as used."""
    every = [lesson for lesson in await repository.of_project(tx, project_id) if not lesson.disabled]
    scored = zip(ranking.scores([weighed(lesson) for lesson in every], work, now()), every, strict=True)
    chosen, left = [], TOLD_CHARACTERS
    for _, lesson in sorted(scored, key=lambda pair: -pair[0])[:TOLD]:
        left -= len(told(lesson)) + 2
        if left < 0:
            break
        chosen.append(lesson)
    if chosen:
        await repository.used(tx, [lesson.id for lesson in chosen])
    return chosen


def told(lesson: Lesson) -> str:
    """A lesson as a model is told of it."""
    body = lesson.detail.strip().replace("\n", "\n  ")
    return f"- {lesson.title}" + (f"\n  {body[:1_500]}" if body else "")


def clean(text: str) -> str:
    """A text without secrets."""
    return scrub(without_keys(text))


def _new(project_id: str, category: Category, title: str, detail: str, signature: str, files: Sequence[str]) -> Lesson:
    same = hashlib.sha256(f"{category}\n{signature}".encode(errors="replace")).hexdigest()[:32]
    return Lesson(
        id=new_id("les"), project_id=project_id, fingerprint=same, category=category, title=clean(title)[:200],
        detail=clean(detail)[:4_000], files=list(files),
    )  # fmt: skip


async def _bound(tx: AsyncSession, project_id: str) -> None:
    if await repository.count(tx, project_id) <= MOST:
        return
    moment = now()
    every = await repository.of_project(tx, project_id)
    kept = {
        lesson.id: (lesson.pinned or bool(lesson.author), ranking.weight(weighed(lesson), moment)) for lesson in every
    }
    await repository.forget(tx, sorted(kept, key=lambda lesson_id: kept[lesson_id])[: len(every) - MOST])


def _tell(tx: AsyncSession, type_: str, lesson: Lesson, actor: Actor, /, **more: object) -> None:
    data = {"title": lesson.title, "category": lesson.category, "bead_id": lesson.source_bead_id, **more}
    append(tx, type_, actor=actor, project_id=lesson.project_id, subject_id=lesson.id, data=data)
