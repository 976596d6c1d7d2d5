"""`loom keys`: the keys that sign sessions and API keys, from the command line, with or without a running server."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import select
from sqlmodel import col

from loom_app.auth import tokens
from loom_app.config import settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.keyring import SealedKey
from loom_app.kernel.opening import opened

commands = typer.Typer(no_args_is_help=True, help="The keys that sessions are signed with: list and rotate them.")


@commands.command("rotate")
def rotate(
    now_: Annotated[
        bool, typer.Option("--now", help="End all sessions at once instead of letting them run out within a day.")
    ] = False,
) -> None:
    """Sign new sessions with a fresh key. Those signed with the old one hold until they would have ended anyway."""
    key_id = asyncio.run(_rotate(timedelta(0) if now_ else tokens.LIFETIME + tokens.CLOCK_SKEW))
    ends = "All sessions have ended." if now_ else "Sessions signed with earlier keys hold for up to a day."
    typer.echo(f"New sessions are signed with {key_id}. {ends}")


@commands.command("list")
def list_() -> None:
    """List the keys: id, what for, since when, until when."""
    for key in asyncio.run(_keys()):
        until = (
            "current" if key.ends_at is None else ("ended " if key.ends_at <= now() else "ends ") + rfc3339(key.ends_at)
        )
        typer.echo(f"{key.id}\t{key.purpose}\t{rfc3339(key.created_at)}\t{until}")


async def _rotate(overlap: timedelta) -> str:
    data = {"overlap_seconds": overlap.total_seconds()}
    async with opened(settings()) as at, at.db.write() as tx:
        key_id = await at.keys.rotate(tx, tokens.PURPOSE, overlap)
        append(tx, "session.key_rotated", actor=SYSTEM, subject_id=key_id, data=data)
    return key_id


async def _keys() -> list[SealedKey]:
    async with opened(settings()) as at, at.db.read() as tx:
        rows = await tx.execute(select(SealedKey).order_by(col(SealedKey.purpose), col(SealedKey.created_at)))
        return list(rows.scalars())
