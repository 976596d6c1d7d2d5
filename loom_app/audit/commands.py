"""`loom audit`: check, read and export the audit log, with or without a running server."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from loom_app.audit import repository
from loom_app.audit.export import Format, exported
from loom_app.audit.faults import Report
from loom_app.audit.repository import Wanted
from loom_app.audit.restart import restart as begin_anew
from loom_app.audit.verification import Kept, verify
from loom_app.config import settings
from loom_app.events.models import Event
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Invalid, Unavailable
from loom_app.kernel.opening import opened

commands = typer.Typer(no_args_is_help=True, help="Check, show and export the audit log.")
HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
STANDARD = Path("-")
Expect = Annotated[str, typer.Option("--expect", help="A head that an earlier check printed: SEQ:HASH.")]


@commands.command("verify")
def verify_(expect: Expect = "") -> None:
    """Check every entry of the log; exit code 1 when it is not as Loom wrote it. Keep the head it prints elsewhere."""
    report = asyncio.run(_verified(_kept(expect)))
    if report.fault:
        typer.echo(report.fault.message, err=True)
        raise typer.Exit(1)
    typer.echo(f"{report.entries} entries, all as Loom wrote them.")
    if report.head:
        if report.head.start > 1:
            typer.echo(f"Entries before {report.head.start} are older than the chain, which covers them as a whole.")
        typer.echo(f"head {report.head.seq}:{report.head.hash}")


@commands.command("export")
def export(
    as_: Annotated[Format, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    output: Annotated[Path, typer.Option("--output", help="The file to write, or - for standard output.")] = STANDARD,
) -> None:
    """Write the whole log, oldest entry first."""
    try:
        if output == STANDARD:
            asyncio.run(_export(as_, sys.stdout.buffer))
            return
        with output.open("wb") as file:
            asyncio.run(_export(as_, file))
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}.") from error


@commands.command("show")
def show(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entries.")] = 50,
    actor: Annotated[str | None, typer.Option(help="Only what this id did.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only what was done to this id.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only these types, separated by commas.")] = None,
) -> None:
    """Print the newest entries, newest first: number, time, type, who, about what."""
    types = frozenset(type_.split(",")) if type_ else None
    for entry in asyncio.run(_newest(Wanted(actor, subject, types), limit)):
        typer.echo(_line(entry))


@commands.command("restart")
def restart() -> None:
    """Begin a new chain after everything there is, when the old one is damaged and has been looked into."""
    found = asyncio.run(_restarted())
    typer.echo(f"A new chain begins. It covers the {found.entries} entries before it as they are now.")


async def _verified(kept: Kept | None) -> Report:
    async with opened(settings()) as at, at.db.read() as tx:
        return await verify(tx, at.keys, kept)


async def _export(as_: Format, file: BinaryIO) -> None:
    async with opened(settings()) as at:
        async for piece in exported(at.db, Wanted(), as_):
            file.write(piece.encode())
        file.flush()


async def _newest(wanted: Wanted, limit: int) -> list[Event]:
    async with opened(settings()) as at, at.db.read() as tx:
        return list(await repository.newest(tx, wanted, limit=limit))


async def _restarted() -> Report:
    async with opened(settings()) as at:
        async with at.db.write() as tx:
            await begin_anew(tx, at.keys)
        async with at.db.read() as tx:
            return await verify(tx, at.keys)


def _line(entry: Event) -> str:
    who = entry.actor_name or entry.actor_id
    who = f"{who} for {entry.on_behalf_of}" if entry.on_behalf_of else who
    cells = (str(entry.seq), rfc3339(entry.timestamp), entry.type, who, entry.subject_id or "", entry.address or "")
    return "\t".join(cell.encode("unicode_escape").decode() if not cell.isprintable() else cell for cell in cells)


def _kept(text: str) -> Kept | None:
    found = HEAD.fullmatch(text)
    if text and not found:
        raise Invalid(f"{text[:100]!r} is no head as `loom audit verify` prints it: a number, a colon and 64 digits.")
    return Kept(int(found[1]), found[2]) if found else None
