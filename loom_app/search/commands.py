"""`loom search`: the index of the search, checked and made anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import settings
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from loom_app.search import indexing

commands = typer.Typer(no_args_is_help=True, help="Check the index of the search, or make it anew.")
Result = TypeVar("Result")


@commands.command("rebuild")
def rebuild() -> None:
    """Make the index anew from the beads, comments and runs. Loom may go on running."""
    typer.echo(f"The index was made anew; it holds {_in_transaction(indexing.rebuild)} texts.")


@commands.command("check")
def check() -> None:
    """Compare the index with what it should hold; exit code 1 when they differ."""
    faults = _in_transaction(indexing.faults)
    if faults:
        typer.echo(f"The index is not as it should be: {'; '.join(faults)}. Run: loom search rebuild", err=True)
        raise typer.Exit(1)
    typer.echo("The index holds what it should.")


def _in_transaction(work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        db = Database(settings().database_url)
        try:
            await upgrade(db)
            async with db.write() as tx:
                return await work(tx)
        finally:
            await db.dispose()

    return asyncio.run(run())
