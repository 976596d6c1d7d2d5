"""An entry as it stands in the table, compared with what Loom wrote."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping

from loom_app.events import chain
from loom_app.kernel.clock import rfc3339


def fits(key: bytes, previous: str, seq: int, row: RowMapping) -> bool:
    """Whether `row` is what Loom wrote as the entry `seq` after the one with the hash `previous`."""
    try:
        covered = {name: row[name] for name in chain.COVERED} | {"timestamp": _timestamp(row["timestamp"])}
        data_digest = chain.digest(key, _data(row))
        found = chain.link(key, previous, seq, covered, data_digest)
    except (ValueError, TypeError, RecursionError):
        return False
    return bool(found == row["hash"] and data_digest == row["data_digest"])


def _timestamp(raw: Any) -> str:
    """The moment as it was covered. SQLite keeps text, of which there is only one way to write a moment."""
    if isinstance(raw, datetime):
        return rfc3339(raw)
    moment = datetime.fromisoformat(raw)
    if moment.isoformat(" ", "microseconds") != raw:
        raise ValueError
    return rfc3339(moment.replace(tzinfo=UTC))


def _data(row: RowMapping) -> Any:
    """The data as it was covered. On SQLite, which keeps text as it is given, only the text Loom writes will do."""
    if isinstance(row["timestamp"], datetime):
        return row["data"]
    data = json.loads(row["data"])
    if json.dumps(data, sort_keys=True) != row["data"]:
        raise ValueError
    return data
