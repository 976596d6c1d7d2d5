"""`loom secrets`: the master key of secrets at rest. Prints counts and ids, never a secret."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from loom_app import tables
from loom_app.config import settings
from loom_app.kernel import sealed
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from loom_app.kernel.sealed import Locked
from loom_app.secrets import rotation

commands = typer.Typer(no_args_is_help=True, help="Check stored secrets, and give them a new master key.")
Result = TypeVar("Result")
assert tables, "every table has to be loaded, or its secrets would be left out"


@commands.command("check")
def check() -> None:
    """Open every stored secret and name those that cannot be opened; exit code 1 when there are any."""
    of = settings()
    vault = Vault.open(of.data_dir, of.secret_key, of.old_secret_key)

    async def work(db: Database) -> tuple[Counter[str], list[Locked]]:
        async with db.read() as tx:
            return await sealed.count(tx), await sealed.locked(tx, vault, all_of_them=True)

    counts, locked = _with_database(work)
    _stop_for(locked)
    typer.echo(f"All {counts.total()} stored secrets can be opened{_listed(counts)}.")


@commands.command("rotate")
def rotate() -> None:
    """Make a new master key and seal every stored secret with it. Loom may go on running."""
    of = settings()

    async def work(db: Database) -> tuple[sealed.Resealed, str]:
        if of.secret_key:
            return await rotation.move_to_variable(db, of.secret_key, of.old_secret_key)
        return await rotation.rotate_file(db, of.data_dir, of.old_secret_key)

    done, key_id = _with_database(work)
    typer.echo(f"The master key is now {key_id}; {done.counts.total()} secrets were sealed anew{_listed(done.counts)}.")
    _stop_for(done.locked)
    if of.old_secret_key:
        typer.echo("LOOM_SECRET_KEY_OLD is needed no more: take it away and restart Loom.")
    if not of.secret_key:
        typer.echo(f"Keep a copy of {of.data_dir / 'secret.key'} apart from the back-ups of the database.")


def _stop_for(locked: list[Locked]) -> None:
    """Names what cannot be opened and ends with exit code 1; goes on when there is nothing."""
    if not locked:
        return
    for one in locked:
        typer.echo(f"{one.place} of {one.subject} cannot be opened.", err=True)
    typer.echo(
        "Start Loom with the key they were saved with (secret.key, LOOM_SECRET_KEY or LOOM_SECRET_KEY_OLD), "
        "or enter them again.",
        err=True,
    )
    raise typer.Exit(1)


def _listed(counts: Counter[str]) -> str:
    named = ", ".join(f"{place} {number}" for place, number in sorted(counts.items()) if number)
    return f" ({named})" if named else ""


def _with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        db = Database(settings().database_url)
        try:
            await upgrade(db)
            return await work(db)
        finally:
            await db.dispose()

    return asyncio.run(run())
