"""Text of users was rendered as a template elsewhere (CVE-2026-42203). Here it comes out as it went in."""

import re
from pathlib import Path

import pytest

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.events.record import EventRecord
from loom_app.kernel.clock import now
from loom_app.notifications.rules import filled
from loom_app.personas import service as personas
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.runs import prompt
from loom_app.runs.models import Run
from loom_app.runs.workplace import Job
from tests.security import corpora

ROOT = Path(__file__).resolve().parents[3]
TEXTS = (*corpora.TEMPLATES, *corpora.MARKUP, "%d %s %(name)s", "{job.bead}", "{{{}}}")


def job(text: str) -> Job:
    """A job in which everything that people write is `text`."""
    project = Project(id="p", name=text, test_command=text)
    bead = Bead(
        id="p-1", project_id="p", title=text, description=text, design=text, notes=text, acceptance_criteria=text,
        tags=[text], context={"decisions": [{"question": text, "decision": text, "rationale": text}]},
    )  # fmt: skip
    agent = Agent(id="a", name=text, role="qa-engineer", persona_name="default/qa-engineer", project_id="p")
    provider = Provider(id="m", name=text, endpoint="http://127.0.0.1:9/v1")
    run = Run(id="r", bead_id="p-1", project_id="p", agent_id="a", provider_id="m", model=text, token=1, message=text)
    return Job(run, bead, project, agent, provider)


@pytest.mark.parametrize("text", TEXTS)
def test_prompts_hold_what_people_wrote_letter_by_letter(text: str) -> None:
    at_work = job(text)
    told = prompt.task_prompt(at_work, tree=text, done_before=[text], last=at_work.run, resumed=False)
    # title, tags, project, tests; four fields; done before; question, answer, why; the earlier attempt; the files
    assert told.count(text) >= 13
    assert text in prompt.system_prompt(at_work, personas.get_persona("qa-engineer"), text)
    assert "49" not in told.replace(text, "")


@pytest.mark.parametrize("text", TEXTS)
def test_instructions_of_personas_are_not_rendered(text: str) -> None:
    told = personas.get_persona("default/qa-engineer").model_copy(update={"instructions": text})
    assert prompt.system_prompt(job("x"), told, "none").startswith(text)


@pytest.mark.parametrize("text", TEXTS)
def test_notifications_say_what_people_wrote_letter_by_letter(text: str) -> None:
    data = {"title": text, "content": text, "message": text, "question": text}
    event = EventRecord(1, "evt-1", "bead.created", now(), "bead", "user", "mia", "p", "p-1", data)
    assert filled("{who}: {title} {content}", event, who=text) == f"{text}: {text} {text}".strip()


def test_there_is_no_template_engine() -> None:
    asked = re.compile(
        r"^\s*(import|from)\s+(jinja2|mako|chameleon|string\.templatelib)|string import .*Template", re.M
    )
    for path in [*(ROOT / "loom_app").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        assert not asked.search(path.read_text()), path


def test_texts_that_are_filled_in_are_our_own() -> None:
    """`str.format` only ever on a literal or a table of ours, never on something that was read."""
    known = {
        "loom_app/sandbox/outcome.py",
        "loom_app/audit/faults.py", "loom_app/providers/errors.py", "loom_app/kernel/sealed.py",
        "loom_app/runs/prompt.py", "loom_app/git/complaints.py", "loom_app/ledger/orders.py",
        "loom_app/pullrequests/faults.py", "loom_app/pullrequests/merging.py", "loom_app/runs/loopwords.py",
        "loom_app/runs/control.py", "loom_app/repl/speaking.py", "loom_app/temporal_language/judging.py",
        "loom_app/notifications/rules.py", "loom_app/notifications/service.py",
        "loom_app/supervisor/halted.py",
    }  # fmt: skip
    using = {
        path.relative_to(ROOT).as_posix()
        for path in [*(ROOT / "loom_app").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
        if re.search(r"\.format(_map)?\(", path.read_text())
    }
    assert using <= known, "say here that what is filled in is a text of ours"
