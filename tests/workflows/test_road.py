"""The whole road: from a ready bead to a commit on the project's branch."""

from typing import Any

from temporalio.client import WorkflowHandle

from loom_app.agents.models import AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.config import Dispatch, ProviderSettings
from loom_app.kernel.actor import SYSTEM
from loom_app.runs.models import RunStatus, TerminalReason
from tests.support.git_repository import git, shown, subjects
from tests.support.workshop import Workshop, acts, done, until, write
from workers.contracts import ClockStatus


async def test_a_bead_becomes_one_commit_by_the_agent(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour", type="task")
    await workshop.say(
        bead_id,
        {
            **acts({"type": "read_file", "path": "flour.txt"}, notes="look first"),
            "usage": {"prompt_tokens": 100, "completion_tokens": 20},
        },
        {
            **acts(write("flour.txt", "450 g\n"), {"type": "run_command", "command": "cat flour.txt"}),
            "usage": {"prompt_tokens": 200, "completion_tokens": 30},
        },
        {**acts(done("The dough was too dry.")), "usage": {"prompt_tokens": 300, "completion_tokens": 10}},
    )
    async with workshop.run_worker():
        bead = await workshop.until_bead(bead_id)
    assert bead.close_reason.startswith("The dough was too dry.")
    assert subjects(workshop.origin) == ["The recipe so far", "Less flour"]
    assert shown(workshop.origin, "flour.txt") == "450 g\n"
    assert f"{agent_id}@agents.loom.invalid" in git(workshop.origin, "log", "-1", "--format=%ae")
    (run,) = await workshop.runs(bead_id)
    assert (run.status, run.terminal_reason, run.agent_id) == (RunStatus.FINISHED, TerminalReason.COMPLETED, agent_id)
    assert (await workshop.agent(agent_id)).status == AgentStatus.IDLE
    told = await workshop.detail(run.id)
    assert told["tokens"]["input"] == 600
    assert told["tokens"]["output"] == 60
    assert told["cost_micros"] == 600 * 3 + 60 * 15
    assert told["cost"] == "$0.0027"
    assert [turn["number"] for turn in told["turns"]] == [1, 2, 3]
    assert [turn["cost_micros"] for turn in told["turns"]] == [600, 1050, 1050]
    assert "Less flour" in told["turns"][0]["prompt"]
    assert "500 g" in told["turns"][1]["prompt"]
    assert [(a["type"], a["status"]) for a in told["turns"][1]["actions"]] == [
        ("write_file", "executed"),
        ("run_command", "executed"),
    ]
    assert told["turns"][1]["actions"][1]["metadata"]["exit_code"] == 0
    assert "-500 g" in told["diff"]
    assert "+450 g" in told["diff"]
    assert told["commit_hash"] == git(workshop.origin, "rev-parse", "main").strip()
    milestones = ["run.claimed", "run.started", "run.replied", "run.ended"]
    assert list(dict.fromkeys(event["type"] for event in await workshop.events(*milestones))) == milestones
    assert not list((workshop.settings.data_dir / "worktrees").iterdir())


async def test_beads_are_done_in_the_order_of_their_dependencies(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer", "engineering-manager", "devops-engineer")
    knead = await workshop.bead("Knead")
    rest = await workshop.bead("Rest", blocked_by=[knead])
    bake = await workshop.bead("Bake", blocked_by=[rest])
    slice_ = await workshop.bead("Slice", blocked_by=[bake, knead])
    for bead_id, step in ((knead, "knead"), (rest, "rest"), (bake, "bake"), (slice_, "slice")):
        await workshop.say(bead_id, acts(write(f"{step}.txt", "x\n"), done()))
    async with workshop.run_worker():
        await workshop.until_bead(slice_)
    assert subjects(workshop.origin)[1:] == ["Knead", "Rest", "Bake", "Slice"]
    ended = [event["subject_id"] for event in await workshop.events("bead.completed")]
    assert ended == [knead, rest, bake, slice_]
    (last,) = await workshop.runs(slice_)
    told = await workshop.detail(last.id)
    assert f"{bake}: Bake" in told["turns"][0]["prompt"]


async def test_work_that_changes_nothing_is_done_without_a_commit(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Taste it")
    await workshop.say(bead_id, acts(done("Tastes fine.")))
    async with workshop.run_worker():
        bead = await workshop.until_bead(bead_id)
    assert subjects(workshop.origin) == ["The recipe so far"]
    assert "Nothing in the repository changed." in bead.close_reason


async def test_no_model_is_called_while_nothing_is_to_be_done(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    waiting = await workshop.bead("Wait for flour")
    async with workshop.db.write() as tx:
        await beads.set_status(tx, waiting, BeadStatus.BLOCKED, actor=SYSTEM, reason="There is no flour.")
    restless = {
        "dispatch": Dispatch(tick_seconds=0.1),
        "provider": ProviderSettings(heartbeat_seconds=0.1),
    }
    async with workshop.run_worker(workshop.settings.model_copy(update=restless)):
        temporal = await workshop.temporal()
        for clock in ("DispatcherWorkflow", "ProviderHeartbeatWorkflow"):
            handle = temporal.get_workflow_handle(clock)

            async def has_ticked(handle: WorkflowHandle[Any, Any] = handle) -> bool:
                return bool((await handle.query("status", result_type=ClockStatus)).ticks >= 10)

            await until(has_ticked, what=f"{clock} ticks")
    assert workshop.model.log("models")
    assert not workshop.model.log("completions")
