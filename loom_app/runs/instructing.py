"""The <temporal> language in runs: heard in a reply before it is stored, carried out once, told in the next turn."""

from dataclasses import replace
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyforms import without_keys
from loom_app.providers.chat import ChatReply
from loom_app.runs.workplace import Job
from loom_app.temporal_language import keeping, replies, service
from loom_app.temporal_language.engine import Engine
from loom_app.temporal_language.models import Source
from loom_app.temporal_language.parser import Parsed
from loom_app.temporal_language.works import DEPTH

SAYS_NOTHING_ELSE = frozenset({"empty", "no_actions", "prose"})
"""Faults of replies that are none where the reply asks for something in the language."""
GO_ON = "That reply held no actions. Answer with your next actions."


def heard(reply: ChatReply) -> tuple[ChatReply, Parsed]:
    """The reply without its blocks, and what they ask for."""
    parsed = replies.heard(reply.text)
    return replace(reply, text=parsed.text) if parsed.text != reply.text else reply, parsed


async def keep(tx: AsyncSession, vault: Vault, job: Job, number: int, asked: Parsed, settings: Settings) -> None:
    """Keeps what the reply of a turn asks for, in the transaction that stores the reply, without secrets."""
    if not (asked.instructions or asked.faults or asked.remarks):
        return
    depth = job.bead.context.get(DEPTH, 0)
    found = keeping.Found(
        f"run/{job.run.id}/{number}", Source.REPLY, job.project.id, job.agent.id, job.agent.name, job.agent.role,
        run_id=job.run.id, turn=number, bead_id=job.bead.id, depth=depth if isinstance(depth, int) else 0,
    )  # fmt: skip
    known = await gitaccess.known_secrets(tx, vault, job.project.id)
    clean = partial(without_keys, known=known, allowed=job.allowed)
    await keeping.keep(tx, found, asked, settings.temporal_language, clean)


async def carry_out(db: Database, settings: Settings, engine: Engine | None, run_id: str, number: int) -> bool:
    """Carries out what the turn asks for where Temporal is known; whether it asks for anything."""
    return engine is not None and await service.carry_out_turn(db, settings, engine, run_id, number)
