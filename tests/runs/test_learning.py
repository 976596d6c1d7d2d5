"""What a run teaches, and that the next one is told of it."""

from pathlib import Path

import pytest

from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.context.gist import Step
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.lessons import service as lessons
from loom_app.lessons.models import Category, Lesson
from loom_app.projects.models import Project
from loom_app.runs import repository
from loom_app.runs.acting import act
from loom_app.runs.models import TerminalReason
from loom_app.runs.opening import open_run
from loom_app.runs.service import end_run
from tests.runs.stage import Stage, begin_run, set_up

CHECK = "grep 450 flour.txt || { echo FAILED too much flour; exit 1; }"
TESTS = {"type": "run_tests"}
MEND = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}
NOTES = {"type": "write_file", "path": "LESSONS.md", "content": "Weigh, never measure.\n"}
DONE = {"type": "done", "reason": "Weighed."}


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run in a project whose tests want less flour."""
    stage = await set_up(db, settings, tmp_path)
    async with db.write() as tx:
        (
            await tx.get_one(Project, "kitchen")
        ).test_command = "grep 450 flour.txt || { echo FAILED too much flour; exit 1; }"
    return stage


async def known(stage: Stage) -> list[Lesson]:
    async with stage.db.read() as tx:
        return await lessons.listed(tx, "kitchen", actor=SYSTEM)


async def first_prompt(stage: Stage, title: str) -> str:
    """What a new run of a new bead is told."""
    async with stage.db.write() as tx:
        stage.bead_id = (await beads.create(tx, BeadCreate(title=title, project_id="kitchen"), actor=SYSTEM)).id
    return await again(stage)


async def again(stage: Stage) -> str:
    """What the next run of the bead is told."""
    async with stage.db.write() as tx:
        (await tx.get_one(Bead, stage.bead_id)).not_before = None
    stage.run_id = await begin_run(stage)
    await open_run(stage.db, stage.settings, stage.run_id)
    async with stage.db.read() as tx:
        return (await repository.turns(tx, stage.run_id))[0].prompt


async def test_what_mended_the_tests_is_told_to_the_next_who_begins(stage: Stage) -> None:
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(TESTS))
    assert await act(stage.db, stage.settings, stage.run_id, await stage.reply(MEND, NOTES, TESTS, DONE)) is None
    (lesson,) = await known(stage)
    assert (lesson.category, lesson.source_bead_id) == (Category.TEST_FAILURE, stage.bead_id)
    assert "too much flour" in lesson.detail
    assert "changes to flour.txt, LESSONS.md" in lesson.detail
    told = await first_prompt(stage, "More bread")
    assert "## Lessons\nNotes of earlier work in this project." in told
    assert told.index("Weigh, never measure.") < told.index(lesson.title)
    assert (await stage.run()).lessons == [{"id": lesson.id, "title": lesson.title}]
    assert (await known(stage))[0].uses == 1


async def test_circles_and_what_a_review_or_people_said_are_lessons(stage: Stage) -> None:
    await end_run(stage.db, stage.settings, stage.run_id, TerminalReason.REPEATED, "It read flour.txt ten times.")
    async with stage.db.write() as tx:
        bead = await tx.get_one(Bead, stage.bead_id)
        answer = {"question": "Rye or wheat?", "decision": "rye", "rationale": "The guests like it dark."}
        bead.context = {**bead.context, "decisions": [answer]}
        run = await repository.get(tx, stage.run_id)
        assert run is not None
    told = await again(stage)
    async with stage.db.write() as tx:
        run = await repository.get(tx, stage.run_id)
        assert run is not None
        run.terminal_reason, run.message = TerminalReason.SENT_BACK, "Say why it is rye."
    assert {lesson.category for lesson in await known(stage)} == {Category.LOOP_PATTERN, Category.CONVERSATION_INSIGHT}
    assert "Went in circles: It read flour.txt ten times." in told
    assert [lesson.hits for lesson in await known(stage)] == [1, 1]


async def test_a_run_without_evidence_teaches_nothing(stage: Stage) -> None:
    await end_run(stage.db, stage.settings, stage.run_id, TerminalReason.PROVIDER_ERROR, "It went away.")
    assert await known(stage) == []
    assert "## Lessons" not in await again(stage)
    assert Step(1, "", "").gist.facts == ()
