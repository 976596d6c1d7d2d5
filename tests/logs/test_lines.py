"""Lines from the loggers into the database: none blocks, none loops, secrets stay out, what is too much is told."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.logs import keeping, repository
from loom_app.logs.keeping import Lines
from loom_app.logs.repository import LINES, Wanted

log = logging.getLogger("tests.kitchen")


@pytest.fixture
async def lines(db: Database) -> AsyncIterator[Lines]:
    """What the process logs is kept."""
    log.setLevel(logging.INFO)
    async with Lines(db, "web", days=14, most=1_000) as kept:
        yield kept


async def kept(db: Database, **wanted: Any) -> list[Any]:
    """The lines there are, oldest first."""
    async with db.read() as tx:
        return list(await repository.after(tx, SYSTEM, Wanted(**wanted), 0, 10_000))


async def test_ours_and_those_of_libraries_are_kept_with_what_they_say(db: Database, lines: Lines) -> None:
    log.warning("the oven of %s is cold", "anna")
    log.info({"event": "run ended", "run": "run-1", "project": "shop", "bead": "b-1", "cost": 3})
    try:
        raise ValueError("burnt")
    except ValueError:
        log.exception("a tray fell")
    await lines.flush_now()
    cold, ended, fell = await kept(db)
    assert (cold.level, cold.message, cold.source, cold.logger) == (
        "warning", "the oven of anna is cold", "web", "tests.kitchen",
    )  # fmt: skip
    assert (ended.project_id, ended.bead_id, ended.run_id, ended.data["cost"]) == ("shop", "b-1", "run-1", "3")
    assert "ValueError: burnt" in fell.data["exception"]
    assert [line.message for line in await kept(db, level="warning")] == [cold.message, fell.message]


async def test_secrets_are_not_kept(db: Database, lines: Lines) -> None:
    token = "ghp_" + "a1B2" * 9
    log.warning({"event": f"push with {token} failed", "password": "hunter22", "note": f"Bearer {token}"})
    await lines.flush_now()
    [line] = await kept(db)
    assert token not in f"{line.message}{line.data}"
    assert "hunter22" not in f"{line.data}"


async def test_while_the_database_is_away_lines_wait_and_what_is_too_much_is_told(
    db: Database, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise OperationalError("INSERT", {}, OSError("no database"))

    with monkeypatch.context() as without:
        without.setattr(db, "write", away)
        for number in range(keeping.WAITING + 7):
            log.warning("line %d", number)
        await lines.flush_now()
    await lines.flush_now()
    found = await kept(db)
    messages = [line.message for line in found]
    assert "7 lines were not kept: too many came at once." in messages
    assert "line 6" not in messages
    assert f"line {keeping.WAITING + 6}" in messages


async def test_what_keeping_itself_logs_is_not_kept(db: Database, lines: Lines) -> None:
    for name in ("loom_app.logs.keeping", "sqlalchemy.engine", "aiosqlite"):
        logging.getLogger(name).error("about itself")
    await lines.flush_now()
    assert await kept(db) == []


async def test_what_is_old_and_what_is_too_many_goes(db: Database, lines: Lines) -> None:
    for number in range(1_010):
        log.warning("line %d", number)
    await lines.flush_now()
    async with db.write() as tx:
        await tx.execute(update(LINES).where(LINES.c.message == "line 1009").values(at=now() - timedelta(days=15)))
    while await lines.sweep():
        pass
    async with db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(LINES))).scalar_one() == 1_000
    assert not [line for line in await kept(db) if line.message in ("line 1009", "line 3")]


@given(st.text(), st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.binary() | st.floats()))
def test_no_line_however_odd_stops_the_logging(message: str, said: dict[str, Any]) -> None:
    record = logging.LogRecord("odd", logging.INFO, "", 0, {**said, "event": message}, None, None)
    made = keeping.row(record, "web")
    for text in (made["message"], *made["data"], *made["data"].values()):
        assert "\0" not in text
        text.encode()
