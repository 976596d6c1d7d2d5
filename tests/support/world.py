"""A small installation with one of everything twice: in the project `garden`, and in the project `hidden`.

Whatever belongs to `hidden` carries MARK, so that one look at an answer says whether it tells of it.
"""

import zlib
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from loom_app.activity.models import Activity
from loom_app.agents.models import Agent, AgentStatus
from loom_app.auth import accounts, api_keys, service, tokens
from loom_app.auth.models import ProjectMember, User
from loom_app.auth.permissions import Role, permissions_of
from loom_app.beadfiles.models import BeadConflict
from loom_app.beads.models import Bead, BeadStatus, Comment, Dependency
from loom_app.board.models import BoardView
from loom_app.commands.models import Command
from loom_app.config import Limits
from loom_app.decisions.models import Decision, ReviewPass
from loom_app.events.service import append
from loom_app.filelocks.models import FileLock
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.ledger.models import Budget, Call
from loom_app.lessons.models import Lesson
from loom_app.messages.models import Message
from loom_app.milestones.models import Milestone
from loom_app.motivations.models import Motivation, MotivationTrigger
from loom_app.notifications.models import Notification
from loom_app.orgchart.models import OrgChart, Position
from loom_app.outgoing.models import Endpoint, Sending, SendingStatus
from loom_app.projects.models import Project, ProjectComment
from loom_app.providers.models import Provider, ProviderStatus
from loom_app.pullrequests.models import PullRequest
from loom_app.runs.models import Run, RunStatus, Turn
from loom_app.source.models import Patch, PatchStatus
from loom_app.temporal_language.models import TemporalExecution, TemporalInstruction, TemporalSchedule
from loom_app.webhooks.models import Delivery, DeliveryStatus, WebhookSecret
from tests.support.people import NO_PASSWORD

UNLIMITED = Limits(credentials=0, writes=0, reads=0, transfers=0, reports=0, streams=0)
"""A walk asks more often than people may."""
OWN, HIDDEN = "garden", "hidden"
MARK = "zebra"
CALLERS = ("admin", "user", "viewer", "service", "key", "deactivated", "anonymous")
"""Who the matrix is walked as. `key` is an API key of the administrator that may read beads and nothing else."""


@dataclass
class World:
    """What was made: the header each caller sends, and the names of things by project and kind."""

    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    key_ids: dict[str, str] = field(default_factory=dict)


def names(project_id: str) -> dict[str, str]:
    """What the things of a project are called, by the parameter that names them in an address."""
    return {
        "project_id": project_id,
        "bead_id": f"{project_id}-1",
        "workflow_id": f"bead-{project_id}-1-1",
        "depends_on_id": f"{project_id}-2",
        "agent_id": f"{project_id}-agent",
        "run_id": f"{project_id}-run",
        "session_id": f"{project_id}-run",
        "decision_id": f"{project_id}-decision",
        "provider_id": f"{project_id}-model",
        "file_path": f"beds/{project_id}.md",
        "comment_id": f"{project_id}-comment",
        "conflict_id": f"{project_id}-conflict",
        "view_id": f"{project_id}-view",
        "branch": f"agent/{project_id}-1/weed",
        "sha": "0123abcd",
        "milestone_id": f"{project_id}-milestone",
        "lesson_id": f"{project_id}-lesson",
        "patch_id": f"{project_id}-patch",
        "pull_request_id": f"{project_id}-pull",
        "budget_id": f"{project_id}-budget",
        "message_id": f"{project_id}-message",
        "command_id": f"{project_id}-command",
        "motivation_id": f"{project_id}-motivation",
        "delivery_id": f"{project_id}-delivery",
        "secret_id": f"{project_id}-secret",
        "endpoint_id": f"{project_id}-endpoint",
        "sending_id": f"{project_id}-sending",
        "schedule_id": f"{project_id}-schedule",
        "activity_id": f"{project_id}-activity",
        "backup_file": "loom-20260101T000000Z.db",
        "notification_id": f"{project_id}-notification",
    }


async def made(app: FastAPI) -> World:
    """The installation, in the empty database of `app`."""
    db: Database = app.state.db
    keys: Keyring = app.state.keys
    world = World()
    for project_id, mark in ((OWN, "parsley"), (HIDDEN, MARK)):
        async with db.write() as tx:
            await _fill(tx, project_id, mark)
    for role in ("admin", "user", "viewer", "service", "deactivated"):
        await _person(db, keys, world, role)
    await _keys(db, keys, world)
    return world


async def _fill(tx: AsyncSession, project_id: str, mark: str) -> None:
    called = names(project_id)
    tx.add(Project(id=project_id, name=mark, test_command=mark, context={mark: mark}))
    await tx.flush()
    chart = OrgChart(id=f"{project_id}-chart", project_id=project_id, name=mark)
    tx.add(chart)
    await tx.flush()
    tx.add(Position(org_chart_id=chart.id, id="cook", role_name="cook", persona_path="default/qa-engineer"))
    for number in (1, 2):
        tx.add(_bead(f"{project_id}-{number}", project_id, mark))
    await tx.flush()
    for thing in _things(called, mark):
        tx.add(thing)
        await tx.flush()
    append(tx, "bead.created", actor=SYSTEM, project_id=project_id, subject_id=called["bead_id"], data={"title": mark})


def _bead(bead_id: str, project_id: str, mark: str) -> Bead:
    return Bead(
        id=bead_id, project_id=project_id, title=mark, description=mark, status=BeadStatus.BLOCKED, status_reason=mark
    )


def _things(called: dict[str, str], mark: str) -> list[SQLModel]:
    """One dependency, agent, provider, run with a turn, and decision."""
    project_id, bead_id, run_id = called["project_id"], called["bead_id"], called["run_id"]
    role, before_all = "qa-engineer", -1 if project_id == OWN else -2
    return [
        Dependency(bead_id=bead_id, depends_on_id=called["depends_on_id"]),
        Comment(id=called["comment_id"], bead_id=bead_id, author=mark, content=mark),
        BeadConflict(
            id=called["conflict_id"], project_id=project_id, bead_id=bead_id, field="notes", ours=f'"{mark}"',
            theirs=f'"{mark}s"', winner="ours",
        ),
        Patch(
            id=called["patch_id"], project_id=project_id, patch=mark, message=mark, asked_by="gone", asker=mark,
            status=PatchStatus.REFUSED, output=mark, files=[mark],
        ),
        Budget(
            id=called["budget_id"], scope="project", scope_id=project_id, project_id=project_id, window="monthly",
            limit_micros=1_000_000, created_by=mark,
        ),
        Call(
            id=f"{project_id}-call", purpose="turn", status="settled", project_id=project_id, bead_id=bead_id,
            run_id=run_id, provider_id=called["provider_id"], model=mark, cost_micros=5, expires_at=now(),
        ),
        Lesson(id=called["lesson_id"], project_id=project_id, fingerprint=mark, title=mark, detail=mark, files=[mark]),
        Milestone(id=called["milestone_id"], project_id=project_id, name=mark, description=mark),
        Motivation(
            id=called["motivation_id"], name=mark, description=mark, type="event", condition="bead_completed",
            project_id=project_id, agent_role=role, parameters={"note": mark},
        ),
        MotivationTrigger(
            id=f"{project_id}-firing", motivation_id=called["motivation_id"], motivation_name=mark,
            project_id=project_id, cause=mark, evidence={mark: mark}, bead_created=bead_id,
        ),
        ProjectComment(id=f"{project_id}-remark", project_id=project_id, author_id="gone", author=mark, comment=mark),
        BoardView(
            id=called["view_id"], owner_id="gone", owner=mark, project_id=project_id, name=mark, query=f"q={mark}",
            shared=True,
        ),
        Agent(
            id=called["agent_id"], name=mark, role=role, persona_name=f"default/{role}", project_id=project_id,
            status=AgentStatus.IDLE,
        ),
        Provider(
            id=called["provider_id"], name=mark, endpoint="http://127.0.0.1:9/v1", model="m", is_shared=False,
            status=ProviderStatus.FAILED, last_heartbeat_error=mark,
        ),
        Run(
            id=run_id, project_id=project_id, bead_id=bead_id,
            agent_id=called["agent_id"], provider_id=called["provider_id"], model=mark, token=1,
            status=RunStatus.RUNNING, message=mark, diff=mark, started_at=now(),
        ),
        Turn(run_id=run_id, number=1, prompt=mark, reply=mark),
        TemporalExecution(
            id=f"{project_id}-execution", project_id=project_id, agent_id=called["agent_id"], agent_name=mark,
            role=role, source="reply", cause=mark, run_id=run_id, faults=[{"line": 1, "column": 1, "message": mark}],
        ),
        TemporalInstruction(
            id=f"{project_id}-instruction", execution_id=f"{project_id}-execution", position=0, project_id=project_id,
            agent_id=called["agent_id"], kind="LIST", name=mark, status="done", result={mark: mark},
        ),
        TemporalSchedule(
            id=called["schedule_id"], project_id=project_id, name=mark, agent_id=called["agent_id"], agent_name=mark,
            role=role, workflow="NightlyCheck", interval=10**12, timeout=60, source="reply", description=mark,
        ),
        Activity(
            first_seq=before_all, id=called["activity_id"], seq=before_all, event_type="bead.created",
            resource_type="bead", project_id=project_id, actor_id="gone", first_at=now(), timestamp=now(),
            resource_title=mark,
        ),
        Command(
            id=called["command_id"], project_id=project_id, agent_id=called["agent_id"], user_id="gone", user_name=mark,
            command=mark, working_dir=".", stdout=mark,
        ),
        Message(
            id=called["message_id"], project_id=project_id, bead_id=bead_id, run_id=run_id, from_agent_id="gone",
            to_agent_id=called["agent_id"], type="question", subject=mark, body=mark, payload={"said": mark},
        ),
        PullRequest(
            id=called["pull_request_id"], project_id=project_id, bead_id=bead_id, run_id=run_id,
            repository=f"github.com/{mark}/{mark}", branch=called["branch"], base="main", number=7, title=mark,
            url=f"https://github.com/{mark}/{mark}/pull/7", status="open", problem=mark,
        ),
        Delivery(
            id=called["delivery_id"], event="issues", repository=f"github.com/{mark}/{mark}", project_id=project_id,
            told={"number": 7, "title": mark, "url": "", "author": mark}, body=zlib.compress(b"{}"), size=2,
            status=DeliveryStatus.FAILED, problem=mark,
        ),
        Endpoint(
            id=called["endpoint_id"], project_id=project_id, owner_id="gone", owner=mark, enabled=False,
            url=f"https://{mark}.example", description=mark, events=["*"], secret_sealed="",
        ),
        Sending(
            id=called["sending_id"], endpoint_id=called["endpoint_id"], project_id=project_id, event_id=mark,
            event_type="bead.created", seq=1, body=mark, status=SendingStatus.DEAD, problem=mark,
        ),
        WebhookSecret(id=called["secret_id"], project_id=project_id, secret_sealed="", made_by=mark),
        FileLock(
            project_id=project_id, file_path=called["file_path"], agent_id=called["agent_id"], bead_id=bead_id,
            expires_at=now() + timedelta(days=1),
        ),
        Decision(
            id=called["decision_id"], project_id=project_id, bead_id=bead_id,
            kind="question", title=mark, question=mark, default_option="wait",
            deadline=now() + timedelta(days=1), requester_id=called["agent_id"],
        ),
        ReviewPass(
            id=f"{project_id}-pass", decision_id=called["decision_id"], bead_id=bead_id, run_id=run_id, role=role,
            agent_id=called["agent_id"], agent=mark, answer_bead=called["depends_on_id"], reason=mark,
        ),
    ]  # fmt: skip


def _notification(id_: str, user_id: str, project_id: str) -> Notification:
    mark = MARK if project_id == HIDDEN else "parsley"
    return Notification(
        id=id_, user_id=user_id, cause=id_, rule="Mention", seq=1, event_id="evt-1", event_type="bead.created",
        project_id=project_id, title=mark, message=mark, link="/", priority="high", rank=2, created_at=now(),
        updated_at=now(),
    )  # fmt: skip


async def _person(db: Database, keys: Keyring, world: World, name: str) -> None:
    """A user called like their role, who sees the project `garden` and owns its provider if they can."""
    role = Role.USER if name == "deactivated" else name
    async with db.write() as tx:
        user = await service.create_user(tx, username=name, role=role, password_hash=NO_PASSWORD)
        tx.add(ProjectMember(user_id=user.id, project_id=OWN, role="owner" if name == "user" else "member"))
        await tx.flush()
        told = {"admin": {OWN}, "user": {HIDDEN}}.get(name, set())
        for project_id, id_ in [(OWN, f"{name}-notification"), *((one, names(one)["notification_id"]) for one in told)]:
            tx.add(_notification(id_, user.id, project_id))
    world.users[name] = user.id
    world.headers[name] = {"Authorization": f"Bearer {await tokens.issue(keys, user)}"}
    async with db.write() as tx:
        if name == "deactivated":
            await accounts.change(tx, user.id, is_active=False, actor=SYSTEM)
        owned = {"admin": HIDDEN, "user": OWN}.get(name)
        if owned:
            provider_id = names(owned)["provider_id"]
            await tx.execute(update(Provider).where(col(Provider.id) == provider_id).values(owner_id=user.id))


async def _keys(db: Database, keys: Keyring, world: World) -> None:
    """An API key for the administrator and one for the user."""
    pepper = await keys.current(api_keys.PURPOSE)
    for name in ("admin", "user"):
        async with db.write() as tx:
            owner = await tx.get_one(User, world.users[name])
            whose = Actor("user", owner.id, owner.username, permissions_of(owner.role))
            key, text = await api_keys.create(
                tx, pepper, owner, name="ci", permissions=["beads:read"], lasts=None, actor=whose
            )
        world.key_ids[name] = key.id
        if name == "admin":
            world.headers["key"] = {"X-API-Key": text}
    world.headers["anonymous"] = {}


async def of_hidden(db: Database) -> str:
    """Every row of the project `hidden` as it is now."""
    tables = (Project, Bead, Comment, Agent, Provider, Run, Decision)
    async with db.read() as tx:
        found = [(await tx.execute(select(table).where(col(table.id).like(f"{HIDDEN}%")))).all() for table in tables]
        return repr([[row[0].model_dump() for row in rows] for rows in found])
