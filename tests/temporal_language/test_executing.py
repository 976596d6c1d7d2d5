"""What agents ask for is done once, within their rights and bounds, and they are told of it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings, TemporalLanguage
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.keyforms import without_keys
from loom_app.personas.models import Persona
from loom_app.temporal_language import checking, firing, keeping, repository, schedules, service, telling
from loom_app.temporal_language.grammar import Kind
from loom_app.temporal_language.models import Source, TemporalInstruction
from loom_app.temporal_language.offers import EVERYTHING
from loom_app.temporal_language.parser import parse
from tests.support import rows
from tests.temporal_language.recording import Recording


class Desk:
    """A project with an agent whose replies ask for things."""

    def __init__(self, db: Database, settings: Settings, agent_id: str) -> None:
        self.db, self.settings, self.agent_id = db, settings, agent_id
        self.engine = Recording(db, settings)
        self.turn = 0

    async def ask(self, *lines: str, **who: Any) -> list[Mapping[str, Any]]:
        """What came of a reply with these lines, as the API tells it."""
        await self.keep(*lines, **who)
        await service.carry_out_turn(self.db, self.settings, self.engine, "run", self.turn)
        return await self.results()

    async def keep(self, *lines: str, **who: Any) -> None:
        """Keeps what a reply with these lines asks for."""
        self.turn += 1
        text = "\n".join(("<temporal>", *lines, "</temporal>"))
        async with self.db.write() as tx:
            agent = await tx.get_one(Agent, who.pop("agent_id", self.agent_id))
            found = keeping.Found(
                f"run/{self.turn}", Source.REPLY, agent.project_id, agent.id, agent.name, agent.role, run_id="run",
                turn=self.turn,
            )  # fmt: skip
            await keeping.keep(tx, replace(found, **who), parse(text), self.settings.temporal_language)

    async def results(self) -> list[Mapping[str, Any]]:
        """What came of the newest reply."""
        async with self.db.read() as tx:
            newest = [each for each in await repository.of_run(tx, "run") if each.turn == self.turn]
            return [telling.result_of(row) for row in await repository.instructions(tx, [each.id for each in newest])]

    async def told(self) -> str:
        """What the agent hears next."""
        async with self.db.write() as tx:
            return await telling.with_results(tx, "run", "")

    async def beads(self) -> list[Bead]:
        """Every bead of the project."""
        async with self.db.read() as tx:
            query = select(Bead).where(col(Bead.project_id) == "kitchen").order_by(col(Bead.created_at))
            return list((await tx.execute(query)).scalars())

    async def fire(self, number: int) -> dict[str, Any]:
        """The one schedule's firing of that number."""
        (timed,) = self.engine.timed.values()
        return await firing.perform(self.db, self.settings, f"{timed.id}-{number}", timed.source_id)


@pytest.fixture
async def desk(db: Database, settings: Settings) -> Desk:
    """A kitchen with a QA engineer."""
    await rows.project(db)
    return Desk(db, settings, await rows.agent(db))


NIGHTLY = ("SCHEDULE: nightly", "TYPE: NightlyCheck", "INTERVAL: 24h", 'INPUT: {"focus": "the oven"}', "END")


async def test_each_kind_of_instruction_does_what_it_says(desk: Desk) -> None:
    filed, listed = await desk.ask(
        "WORKFLOW: ScheduledBead", 'INPUT: {"title": "Order yeast", "mine": true}', "WAIT: true", "WORKFLOW_ID: yeast",
        "END", "LIST", "END",
    )  # fmt: skip
    assert filed["success"]
    assert filed["result"]["result"]["filed"] is True
    (bead,) = await desk.beads()
    assert (bead.title, bead.assigned_to) == ("Order yeast", desk.agent_id)
    assert [each["workflow_id"] for each in listed["result"]["workflows"]] == ["yeast"]
    said = await desk.ask(
        "QUERY: yeast", "TYPE: get_result", "END", "SIGNAL: agents/kitchen/yeast", "NAME: stop", "END", "CANCEL: yeast",
        "END", "ACTIVITY: ProjectStatus", "END", "ACTIVITY: BeadStatus", f'INPUT: {{"bead_id": "{bead.id}"}}', "END",
    )  # fmt: skip
    assert [each["success"] for each in said] == [True] * 5
    assert said[0]["result"]["bead_id"] == bead.id
    assert [name for _, name, _ in desk.engine.told] == ["stop"]
    assert desk.engine.cancelled == ["agents/kitchen/yeast"]
    assert said[3]["result"]["beads"] == {"open": 1}
    assert said[4]["result"]["title"] == "Order yeast"
    assert set(said[0]) == {"instruction", "success", "result", "error", "executed_at", "duration"}


async def test_a_schedule_files_one_bead_while_the_one_before_is_not_done(desk: Desk) -> None:
    (made,) = await desk.ask(*NIGHTLY)
    assert made["result"] == {"schedule": "nightly", "workflow": "NightlyCheck", "every": "24h"}
    first, again, second = await desk.fire(1), await desk.fire(1), await desk.fire(2)
    assert first == again
    assert (second["filed"], second["bead_id"]) == (False, first["bead_id"])
    async with desk.db.write() as tx:
        (await tx.get_one(Bead, first["bead_id"])).status = BeadStatus.DONE
    assert (await desk.fire(3))["filed"] is True
    assert len(await desk.beads()) == 2
    (cancelled,) = await desk.ask("CANCEL: nightly", "END")
    assert (cancelled["success"], desk.engine.timed) == (True, {})
    assert (await desk.ask("CANCEL: nightly", "END"))[0]["success"] is False


async def test_the_same_asked_for_again_changes_the_schedule_it_does_not_add_one(desk: Desk) -> None:
    await desk.ask(*NIGHTLY)
    await desk.ask("SCHEDULE: nightly", "TYPE: NightlyCheck", "INTERVAL: 12h", "END")
    (timed,) = desk.engine.timed.values()
    assert timed.interval == 12 * 3_600
    colleague = await rows.agent(desk.db)
    (refused,) = await desk.ask(*NIGHTLY, agent_id=colleague)
    assert "Choose another name" in refused["error"]


async def test_what_was_cut_off_between_start_and_record_is_not_done_twice(desk: Desk) -> None:
    desk.engine.lost = True
    lines = ("WORKFLOW: ScheduledBead", 'INPUT: {"title": "Order yeast"}', "WAIT: true", "END", *NIGHTLY)
    with pytest.raises(KeyboardInterrupt):
        await desk.ask(*lines)
    desk.engine.lost = False
    for _ in range(2):
        await service.carry_out_turn(desk.db, desk.settings, desk.engine, "run", desk.turn)
    assert [each["success"] for each in await desk.results()] == [True, True]
    assert (len(desk.engine.started), len(desk.engine.timed), len(await desk.beads())) == (1, 1, 1)


async def test_a_reply_that_is_stored_again_asks_for_nothing_more(desk: Desk) -> None:
    await desk.keep("LIST", "END")
    desk.turn -= 1
    await desk.keep("LIST", "END", "LIST", "END")
    assert len(await desk.results()) == 1


async def test_no_secret_of_the_project_is_kept_with_what_is_asked_for(desk: Desk) -> None:
    token, secret = f"ghp_{'aB3dE5gH7j' * 3}kLmN12", "k1tchen-t0ken-of-our-own"
    told = parse(
        f'<temporal>\nWORKFLOW: ScheduledBead\nINPUT: {{"title": "Use {secret}", "tags": ["{token}"]}}\nEND\n'
        f"CANCEL: {secret}\nEND\nQUERY: x\nTYPE: {secret} y\nEND\nBAKE: {token}\nEND\n</temporal>"
    )
    clean = partial(without_keys, known=(secret,))
    async with desk.db.write() as tx:
        found = keeping.Found("run/9", Source.REPLY, "kitchen", desk.agent_id, "Qa", "qa-engineer", run_id="run")
        await keeping.keep(tx, found, told, desk.settings.temporal_language, clean)
        kept = await repository.of_run(tx, "run")
        rows_ = await repository.instructions(tx, [each.id for each in kept])
        everything = str([(row.name, row.keys) for row in rows_]) + str([each.faults for each in kept])
    assert secret not in everything
    assert token not in everything
    assert rows_[0].keys["INPUT"]["title"] == "Use [a secret of this project was taken out here]"


async def test_a_key_that_is_used_twice_starts_one_workflow(desk: Desk) -> None:
    lines = (
        "WORKFLOW: ScheduledBead",
        'INPUT: {"title": "Order yeast"}',
        "IDEMPOTENCY_KEY: today",
        "WAIT: true",
        "END",
    )
    first, second = (await desk.ask(*lines))[0], (await desk.ask(*lines))[0]
    assert first["result"] == second["result"]
    assert len(await desk.beads()) == 1


async def test_while_temporal_is_away_instructions_wait_and_the_agent_is_told(desk: Desk) -> None:
    desk.engine.away = True
    (waiting,) = await desk.ask(*NIGHTLY)
    assert (waiting["success"], waiting["executed_at"]) == (False, None)
    assert "carried out as soon as it does" in await desk.told()
    assert await desk.told() == ""
    async with desk.db.read() as tx:
        (left,) = await service.left(tx)
    desk.engine.away = False
    await service.carry_out(desk.db, desk.settings, desk.engine, left)
    assert len(desk.engine.timed) == 1
    assert '"success": true' in await desk.told()


CANNOT_BE: list[tuple[tuple[str, ...], str]] = [
    (("WORKFLOW: NightlyChek", "END"), "Did you mean NightlyCheck?"),
    (("WORKFLOW: BeadStatus", "END"), "ACTIVITY: BeadStatus"),
    (("SCHEDULE: x", "INTERVAL: 1h", "END"), "TYPE: …"),
    (("SCHEDULE: x", "TYPE: NightlyCheck", "INTERVAL: 1s", "END"), "at least 60s"),
    (("SCHEDULE: x", "TYPE: ReadinessCheck", "INTERVAL: 1h", 'INPUT: {"after": "1h"}', "END"), "INTERVAL says when"),
    (("WORKFLOW: ScheduledBead", "END"), "title"),
    (("WORKFLOW: ScheduledBead", 'INPUT: {"title": "x", "nonsense": 1}', "END"), "nonsense"),
    (("WORKFLOW: ScheduledBead", 'INPUT: {"title": "x", "after": "2d"}', "END"), "after"),
    (("WORKFLOW: NightlyCheck", "TIMEOUT: 10h", "END"), "TIMEOUT"),
    (("QUERY: gone", "TYPE: get_status", "END"), "LIST shows them"),
    (("SIGNAL: gone", "NAME: explode", "END"), "now or stop"),
    (("ACTIVITY: BeadStatus", 'INPUT: {"bead_id": "pantry-1"}', "END"), "no bead"),
]  # fmt: skip


async def test_what_cannot_be_done_says_what_to_do_instead(desk: Desk) -> None:
    for lines, part in CANNOT_BE:
        bad, good = await desk.ask(*lines, "LIST", "END")
        assert (bad["success"], good["success"]) == (False, True)
        assert part in bad["error"]


async def test_rights_are_those_of_the_role(desk: Desk) -> None:
    designer = await rows.agent(desk.db, role="web-designer")
    (refused,) = await desk.ask("LIST", "END", agent_id=designer)
    assert "may not use the <temporal> language" in refused["error"]
    reviewer = await rows.agent(desk.db, role="code-reviewer")
    refused, allowed = await desk.ask(*NIGHTLY, "ACTIVITY: ReadyBeads", "END", agent_id=reviewer)
    assert "may not use NightlyCheck" in refused["error"]
    assert allowed["success"]


async def test_depth_rate_and_count_are_bounded(desk: Desk) -> None:
    (refused,) = await desk.ask(*NIGHTLY, depth=3)
    assert "3 times over" in refused["error"]
    desk.settings = desk.settings.model_copy(
        update={"temporal_language": TemporalLanguage(most_per_reply=2, most_per_hour=3, most_schedules=1)}
    )
    two = await desk.ask(*NIGHTLY, *(line.replace("nightly", "weekly") for line in NIGHTLY), "LIST", "END")
    assert [each["success"] for each in two] == [True, False]
    assert "most there may be" in two[1]["error"]
    assert "first 2 instructions" in await desk.told()
    one, more = await desk.ask("LIST", "END", "LIST", "END")
    assert (one["success"], more["success"]) == (True, False)
    assert "within an hour" in more["error"]


async def test_schedules_end_with_their_agent_and_with_their_project(desk: Desk) -> None:
    await desk.ask(*NIGHTLY)
    other = await rows.agent(desk.db, role="cto")
    await desk.ask(*(line.replace("nightly", "weekly") for line in NIGHTLY), agent_id=other)
    desk.engine.timed["someone/elses"] = next(iter(desk.engine.timed.values()))
    async with desk.db.write() as tx:
        await agents.let_go(tx, await tx.get_one(Agent, desk.agent_id), because="retired", actor=SYSTEM)
    await schedules.settle(desk.db, desk.engine)
    (kept,) = [each for name, each in desk.engine.timed.items() if name.startswith("agents/")]
    assert kept.summary == "weekly, of Cto"
    desk.engine.timed.clear()
    await schedules.settle(desk.db, desk.engine)
    assert len(desk.engine.timed) == 1, "Temporal that was begun anew has it again"
    (row,) = [timed async for timed in _live(desk)]
    async with desk.db.write() as tx:
        await tx.delete(await tx.get_one(type(row), row.id))
    await schedules.settle(desk.db, desk.engine)
    assert desk.engine.timed == {}


async def test_a_persona_is_heard_once_and_what_it_no_longer_says_ends(desk: Desk) -> None:
    said = "Look after the oven.\n\n<temporal>\n" + "\n".join(NIGHTLY) + "\nWORKFLOW: oops\n</temporal>"
    persona = Persona(name="default/qa-engineer", role="qa-engineer", description="x", instructions=said)

    async def heard(persona: Persona) -> list[str]:
        async with desk.db.write() as tx:
            agent = await tx.get_one(Agent, desk.agent_id)
            await keeping.keep_of_persona(tx, agent, persona, desk.settings.temporal_language)
        async with desk.db.read() as tx:
            return await service.left(tx)

    (instruction_id,) = await heard(persona)
    await service.carry_out(desk.db, desk.settings, desk.engine, instruction_id)
    assert await heard(persona) == []
    async with desk.db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(TemporalInstruction))).scalar_one() == 1
    assert len(desk.engine.timed) == 1
    await heard(persona.model_copy(update={"instructions": "Look after the oven."}))
    await schedules.settle(desk.db, desk.engine)
    assert desk.engine.timed == {}


async def _live(desk: Desk) -> Any:
    async with desk.db.read() as tx:
        for row in await repository.live_schedules(tx):
            yield row


async def test_every_example_of_the_reference_page_can_be_carried_out(desk: Desk) -> None:
    page = (Path(__file__).parents[2] / "docs" / "temporal-language.md").read_text()
    examples = re.findall(r"^```\n(<temporal>\n.*?</temporal>)\n```$", page, re.MULTILINE | re.DOTALL)
    kinds = set()
    for example in examples:
        found = await desk.ask(*example.splitlines()[1:-1])
        assert [each["error"] for each in found] == [""] * len(found)
        kinds |= {str(each["instruction"]["type"]) for each in found}
        assert checking.check(example, "qa-engineer", desk.settings.temporal_language).ok
    assert kinds == set(Kind)
    assert {name for name in EVERYTHING if f"| `{name}` |" in page} == set(EVERYTHING)
