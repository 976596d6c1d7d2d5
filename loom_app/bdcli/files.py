"""Files of beads in and out: import and export, without a running server."""

import sys
from pathlib import Path
from typing import Any

import click

from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import STATUSES, everything, status_of
from loom_app.bdcli.options import option
from loom_app.beadfiles.database_lines import MAGIC, lines_of_database
from loom_app.beadfiles.filewrite import write_whole
from loom_app.beadfiles.interchange import ImportRefused, ImportReport, Progress, export_text, import_file
from loom_app.beadfiles.jsonl import File, Problem, decode, parse
from loom_app.beadfiles.turns import importing_alone
from loom_app.kernel.errors import Invalid, Unavailable

SHOWN = 50
STANDARD = "-"
USUAL = ".beads/issues.jsonl"
TYPES = (
    "bug", "feature", "task", "epic", "chore", "decision", "message", "molecule", "gate", "spike", "story", "milestone",
    "event",
)  # fmt: skip
"""The types that the beads tool takes unasked."""


@command(
    "import", click.Argument(["file"], required=False),
    option("-i", "--input", "named", help="The file, in place of the argument."),
    option("--skip-invalid", is_flag=True, help="Take the good lines of a bad file."),
    option("--dry-run", is_flag=True, help="Only tell what would be done."),
)  # fmt: skip
async def import_(at: At, file: str | None, *, named: str | None, skip_invalid: bool, dry_run: bool) -> Answer:
    """Take the beads of FILE (- for standard input) into the project: all of them, or with a bad line none."""
    source = file or named or USUAL
    parsed = parse(_text(source))
    try:
        async with importing_alone(at.db, at.project.id) as tx:
            report = await import_file(
                tx, at.project.id, parsed, actor=at.actor, skip_invalid=skip_invalid, dry_run=dry_run,
                progress=_progress(),
            )  # fmt: skip
    except ImportRefused as refusal:
        _say(_problems(parsed.problems))
        told = refusal.message.replace("skip bad lines", "pass --skip-invalid to take the other lines")
        raise Invalid(told, code=refusal.code) from refusal
    _say(_remarks(report))
    return Answer(_report(source, report, parsed), _counts(report))


@command(
    "export",
    option("-o", "--output", default=STANDARD, help="The file to write, or - for standard output."),
    *(option(name, is_flag=True, hidden=True, expose_value=False) for name in ("--all", "--no-memories", "--force")),
)  # fmt: skip
async def export(at: At, *, output: str) -> Answer:
    """Write the beads of the project as JSON lines. An existing file is replaced as a whole or not at all."""
    text = await export_text(at.tx, at.project.id, actor=at.actor)
    _say(_customary(await everything(at)))
    if output == STANDARD:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return Answer(None)
    try:
        write_whole(Path(output), text.encode())
    except OSError as error:
        raise Unavailable(f"{output} cannot be written: {error.strerror}. What was there is untouched.") from error
    count = text.count("\n")
    _say([f"{count} line{'' if count == 1 else 's'} written to {output}."])
    return Answer({"exported": count, "file": output})


def _customary(found: list[Any]) -> list[str]:
    """What the beads tool has to be told before it takes statuses and types of this project's own."""
    own = {
        "status": {status_of(bead) for bead in found} - {*STATUSES},
        "types": {bead.type for bead in found} - {*TYPES},
    }
    return [
        f"note: before bd can import this: bd config set {name}.custom {','.join(sorted(names))}"
        for name, names in own.items()
        if names
    ]


def _text(place: str) -> str:
    """The lines of a file, of a database that an older beads tool kept, or of standard input."""
    if place == STANDARD:
        return decode(sys.stdin.buffer.read())
    try:
        with Path(place).open("rb") as file:
            head = file.read(len(MAGIC))
            return lines_of_database(Path(place)) if head == MAGIC else decode(head + file.read())
    except OSError as error:
        raise Invalid(f"{place} cannot be read: {error.strerror}.", code="unreadable") from error


def _progress() -> Progress | None:
    """Counts on one line of a terminal; says nothing where nobody watches."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        print(f"\r{done} of {total} beads", end="\n" if done == total else "", file=sys.stderr, flush=True)  # noqa: T201

    return show


def _counts(report: ImportReport) -> str:
    counts = f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
    would = "Nothing was changed; it would be: " if report.dry_run else ""
    return f"{would}{counts}, {len(report.stale)} stale, {report.skipped} skipped."


def _report(source: str, report: ImportReport, parsed: File) -> dict[str, Any]:
    """The report with the names the beads tool has for its parts."""
    return {
        "source": source, "created": report.created, "updated": report.updated, "unchanged": report.unchanged,
        "skipped": report.skipped, "dedup_skipped": 0, "memories": len(parsed.others),
        "ids": [line.record.id for line in parsed.lines], "stale_skipped_ids": report.stale, "dry_run": report.dry_run,
    }  # fmt: skip


def _remarks(report: ImportReport) -> list[str]:
    rows = [*_problems(report.problems), *(f"note: {note}" for note in report.notes[:SHOWN])]
    if len(report.notes) > SHOWN:
        rows.append(f"note: and {len(report.notes) - SHOWN} more")
    if report.stale:
        rows.append(f"newer in Loom and left alone: {', '.join(report.stale[:SHOWN])}")
    return rows


def _problems(problems: list[Problem]) -> list[str]:
    rows = [problem.told for problem in problems[:SHOWN]]
    return [*rows, f"and {len(problems) - SHOWN} more bad lines"] if len(problems) > SHOWN else rows


def _say(rows: list[str]) -> None:
    for row in rows:
        print(row, file=sys.stderr)  # noqa: T201
