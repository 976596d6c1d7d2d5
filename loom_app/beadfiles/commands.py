"""`loom beads`: files of beads in and out, without a running server."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError

from loom_app.beadfiles.filewrite import write_whole
from loom_app.beadfiles.interchange import ImportRefused, ImportReport, Progress, export_text, import_file
from loom_app.beadfiles.jsonl import Problem, decode, parse
from loom_app.config import settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, Unavailable
from loom_app.kernel.opening import opened

commands = typer.Typer(no_args_is_help=True, help="Import and export beads as JSON lines.")
SHOWN = 50
STANDARD = Path("-")
Result = TypeVar("Result")
ProjectId = Annotated[str, typer.Option("--project", help="The id of the project.")]


@commands.command("import")
def import_beads(
    file: Annotated[Path, typer.Argument(help="The file, such as .beads/issues.jsonl, or - for standard input.")],
    project: ProjectId,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Take the good lines of a bad file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
) -> None:
    """Take the beads of FILE into a project: all of them, or with a bad line none."""
    parsed = parse(decode(_read(file)))

    async def work(db: Database) -> ImportReport:
        async with db.write() as tx:
            return await import_file(
                tx, project, parsed, actor=SYSTEM, skip_invalid=skip_invalid, dry_run=dry_run, progress=_progress()
            )

    try:
        _tell(_with_database(work))
    except ImportRefused as refusal:
        _tell_problems(parsed.problems)
        _say(refusal.message.replace("skip bad lines", "pass --skip-invalid to take the other lines"))
        raise typer.Exit(1) from refusal


@commands.command("export")
def export_beads(
    project: ProjectId,
    output: Annotated[Path, typer.Option("--output", help="The file to write, or - for standard output.")],
) -> None:
    """Write the beads of a project as JSON lines. An existing file is replaced as a whole or not at all."""

    async def work(db: Database) -> str:
        async with db.read() as tx:
            return await export_text(tx, project, actor=SYSTEM)

    text = _with_database(work)
    if output == STANDARD:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    try:
        write_whole(output, text.encode())
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}. What was there is untouched.") from error
    count = text.count("\n")
    _say(f"{count} line{'' if count == 1 else 's'} written to {output}.")


def _with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    """The result of `work` on the settings' database, brought up to date first."""

    async def run() -> Result:
        async with opened(settings()) as at:
            return await work(at.db)

    try:
        return asyncio.run(run())
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Unavailable(f"The database failed: {reason}. Nothing was changed.") from error


def _read(file: Path) -> bytes:
    if file == STANDARD:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.", code="unreadable") from error


def _progress() -> Progress | None:
    """Counts on one line of a terminal; says nothing where nobody watches."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        print(f"\r{done} of {total} beads", end="\n" if done == total else "", file=sys.stderr, flush=True)  # noqa: T201

    return show


def _tell(report: ImportReport) -> None:
    _tell_problems(report.problems)
    for note in report.notes[:SHOWN]:
        _say(f"note: {note}")
    if len(report.notes) > SHOWN:
        _say(f"note: and {len(report.notes) - SHOWN} more")
    if report.stale:
        _say(f"newer in Loom and left alone: {', '.join(report.stale[:SHOWN])}")
    counts = f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
    would = "Nothing was changed; it would be: " if report.dry_run else ""
    typer.echo(f"{would}{counts}, {len(report.stale)} stale, {report.skipped} skipped.")


def _tell_problems(problems: list[Problem]) -> None:
    for problem in problems[:SHOWN]:
        _say(f"line {problem.line} {problem.reason}")
    if len(problems) > SHOWN:
        _say(f"and {len(problems) - SHOWN} more bad lines")


def _say(text: str) -> None:
    typer.echo(text, err=True)
