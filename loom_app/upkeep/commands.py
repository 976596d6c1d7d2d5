"""`loom backup` and `loom restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from loom_app.config import Settings, settings
from loom_app.kernel.errors import Conflict
from loom_app.kernel.opening import opened
from loom_app.supervisor import status
from loom_app.upkeep import copies, service

backup = typer.Typer(invoke_without_command=True, help="Copy the database now; Loom may go on running.")


@backup.callback()
def make(context: typer.Context) -> None:
    """Copy the database into the folder of back-ups, check the copy, and remove the oldest beyond those kept."""
    if context.invoked_subcommand is None:
        typer.echo(asyncio.run(_made(settings())))


@backup.command("list")
def list_() -> None:
    """The copies there are, newest first."""
    for copy in copies.kept(service.folder(settings())):
        typer.echo(f"{copy.made_at:%Y-%m-%d %H:%M:%S} UTC  {copy.bytes:>14,} bytes  {copy.file}")


def restore(file: Annotated[Path, typer.Argument(help="A copy that `loom backup` made.")]) -> None:
    """Put a copy in the database's place, while Loom is stopped. The present database is set aside, not removed."""
    of = settings()
    running = [process.name for process in status.read(of.data_dir) if process.pid]
    if running:
        raise Conflict(
            f"Loom is running ({', '.join(running)}). Stop it first; it would go on with the database of now."
        )
    before = copies.restore(make_url(of.database_url), file)
    aside = f" The database of before is {before}." if before else ""
    typer.echo(f"{file} is the database now.{aside} Start Loom as usual.")


async def _made(of: Settings) -> str:
    async with opened(of) as at:
        made = await service.back_up(at.db, of)
    return f"{made.file} ({made.bytes:,} bytes)"
