"""Copies of the database in a folder: made whole or not at all, checked, and only so many kept."""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid, NotFound, Unavailable

NAME = re.compile(r"loom-(\d{8}T\d{6}Z)\.(db|dump)")
STAMP = "%Y%m%dT%H%M%SZ"
ROOM = 2**30
"""Bytes that stay free on the disk: copies are the first thing that ends when it fills."""
PASSWORD = "PGPASSWORD"  # noqa: S105 - a variable's name
DUMP_SECONDS = 3_600


@dataclass(frozen=True)
class Copy:
    """One copy: its file, when it was made and its size in bytes."""

    file: Path
    made_at: datetime
    bytes: int


def kept(folder: Path) -> list[Copy]:
    """The copies in `folder`, newest first."""
    found = [(file, NAME.fullmatch(file.name)) for file in folder.glob("loom-*")] if folder.is_dir() else []
    copies = [
        Copy(file, datetime.strptime(match[1], STAMP).replace(tzinfo=UTC), file.stat().st_size)
        for file, match in found
        if match
    ]
    return sorted(copies, key=lambda copy: copy.made_at, reverse=True)


def make(url: URL, folder: Path, keep: int) -> Copy:
    """Copies the database while it is in use, checks the copy, and keeps it and the newest others, `keep` in all.

    Raises Unavailable, saying why, when the disk has too little room or the copy is not sound; Conflict while another
    is being made, by whichever process.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        return _made(url, folder, keep)


def _made(url: URL, folder: Path, keep: int) -> Copy:
    is_sqlite = url.get_backend_name() == "sqlite"
    _check_room(folder, Path(url.database or "") if is_sqlite else None)
    made = folder / f"loom-{now().strftime(STAMP)}.{'db' if is_sqlite else 'dump'}"
    half = made.with_suffix(".half")
    try:
        os.close(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        (_copy_sqlite if is_sqlite else _dump_postgres)(url, half)
        half.replace(made)
    finally:
        half.unlink(missing_ok=True)
    others = [copy.file for copy in kept(folder) if copy.file != made]
    for old in others[keep - 1 :]:
        old.unlink(missing_ok=True)
    return Copy(made, now(), made.stat().st_size)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder, by a lock that ends with its process."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict(
            "A copy of the database is being made at this moment. Wait until it is done.", code="backup_running"
        ) from error
    finally:
        os.close(held)


def named(folder: Path, name: str) -> Copy:
    """The copy in `folder` whose file is called so. Raises NotFound."""
    found = next((copy for copy in kept(folder) if copy.file.name == name), None)
    if found is None:
        raise NotFound(
            f"There is no copy {name[:100]!r}. GET /api/v1/backups lists those there are.", code="backup_not_found"
        )
    return found


def look_into(file: Path) -> str:
    """What is wrong with a copy of either kind, in a few words; empty when it is sound.

    Raises Unavailable where a copy of PostgreSQL cannot be looked into.
    """
    if file.suffix == ".db":
        return check(file)
    program = shutil.which("pg_restore")
    if program is None:
        raise Unavailable(
            "A copy of PostgreSQL is looked into by pg_restore, which is not on PATH. Install its client programs.",
            code="no_pg_restore",
        )
    done = subprocess.run(  # noqa: S603 - the words are ours
        [program, "--list", str(file)], capture_output=True, text=True, timeout=DUMP_SECONDS, check=False
    )
    if done.returncode:
        return (done.stderr.strip().splitlines()[-1:] or ["pg_restore cannot read it"])[0]
    return "" if " TABLE " in done.stdout and " events " in done.stdout else "it holds no events"


def restore(url: URL, file: Path) -> Path | None:
    """Puts the copy in the database's place; answers where the one before is now, None when there was none.

    Loom must not run. Raises NotFound, Invalid for a file that is no sound database, Unavailable for PostgreSQL.
    """
    if url.get_backend_name() != "sqlite":
        raise Unavailable(f"PostgreSQL restores by itself: pg_restore --clean --if-exists -d {url.database} {file}")
    if not file.is_file():
        raise NotFound(f"There is no file {file}. loom backup list names the copies.")
    if fault := check(file):
        raise Invalid(f"{file} is not a sound copy of the database: {fault}. Nothing was changed.")
    place = Path(url.database or "")
    fresh = place.with_name(f"{place.name}.restoring")
    shutil.copyfile(file, fresh)
    before = _set_aside(place)
    fresh.replace(place)
    return before


def check(file: Path) -> str:
    """What is wrong with a copy made of SQLite, in a few words; empty when it is sound."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as db:
            (said,) = db.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                return str(said)
            tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('beads', 'events')").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return "" if tables == 2 else "it holds no beads and no events"


def _check_room(folder: Path, database: Path | None) -> None:
    needed = database.stat().st_size if database and database.is_file() else 0
    free = shutil.disk_usage(folder).free
    if free < ROOM + needed:
        raise Unavailable(
            f"{folder} has {free // 2**20} MiB free and a copy needs {(ROOM + needed) // 2**20} MiB, of which 1 GiB "
            "stays free for Loom itself. No copies are made until there is room.",
            code="no_room_for_backup",
        )


def _copy_sqlite(url: URL, into: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True, timeout=30)) as db:
            into.unlink()
            db.execute("VACUUM INTO ?", (str(into),))
        into.chmod(0o600)
    except sqlite3.Error as error:
        raise Unavailable(f"The database could not be copied: {error}.", code="backup_failed") from error
    if fault := check(into):
        raise Unavailable(f"The copy of the database is not sound: {fault}.", code="backup_failed")


def _dump_postgres(url: URL, into: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Unavailable(
            "PostgreSQL is copied by pg_dump, which is not on PATH. Install its client programs, or have the server's "
            "own back-ups made and set LOOM_BACKUPS__EVERY_HOURS=0.",
            code="no_pg_dump",
        )
    place = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    secret = {PASSWORD: url.password} if url.password else {}
    asked = [program, "--format=custom", "--no-password", f"--file={into}", place.render_as_string()]
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours and the settings'
            asked, env=os.environ | secret, capture_output=True, text=True, timeout=DUMP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable("pg_dump took more than an hour and was ended.", code="backup_failed") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["without a word"]
        raise Unavailable(f"pg_dump failed: {said[0]}.", code="backup_failed")


def _set_aside(place: Path) -> Path | None:
    """Moves the database with its journals out of the way."""
    if not place.exists():
        return None
    stamp = now().strftime(STAMP)
    for end in ("-wal", "-shm", ""):
        part = place.with_name(place.name + end)
        if part.exists():
            part.replace(place.with_name(f"{place.name}.before-{stamp}{end}"))
    return place.with_name(f"{place.name}.before-{stamp}")
