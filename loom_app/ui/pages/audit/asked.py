"""What the address of the audit page asks for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from loom_app.audit.repository import Wanted
from loom_app.events.catalogue import CATALOGUE

FIELDS = ("actor", "subject", "kind", "project", "since", "until")
KINDS = (
    ("", "Everything"), ("user,session,key", "Accounts, sessions, keys"), ("secret,settings,audit", "The installation"),
    ("project", "Projects and members"), ("provider", "Providers"), ("agent", "Agents"), ("bead", "Beads"),
    ("run", "Runs"), ("decision", "Decisions"),
)  # fmt: skip
LONGEST = 200
MAX_SEQ = 2**63 - 1


def asked(query: Mapping[str, Any]) -> dict[str, str]:
    """The filters in an address that are filled, shortened to what can be."""
    given = {name: str(query.get(name) or "").strip()[:LONGEST] for name in FIELDS}
    return {name: value for name, value in given.items() if value}


def address(filters: Mapping[str, str], **more: object) -> str:
    """The address of the page with these filters."""
    query = urlencode({**filters, **more})
    return f"/audit?{query}" if query else "/audit"


def wanted(filters: Mapping[str, str], actor_id: str) -> Wanted:
    """The entries that fit. `actor_id` is who `filters["actor"]` means; days are those of UTC, both ends included."""
    until = day(filters.get("until", ""))
    return Wanted(
        actor_id=actor_id or None,
        subject_id=filters.get("subject"),
        types=types(filters.get("kind", "")),
        project_id=filters.get("project"),
        since=day(filters.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def exported(of: Wanted) -> dict[str, str]:
    """The same as the REST interface takes it."""
    given = {
        "actor_id": of.actor_id,
        "subject_id": of.subject_id,
        "type": ",".join(sorted(of.types)) if of.types else None,
        "project_id": of.project_id,
        "since": of.since.isoformat() if of.since else None,
        "until": of.until.isoformat() if of.until else None,
    }
    return {name: value for name, value in given.items() if value}


def types(kind: str) -> frozenset[str] | None:
    """Every type of the sources that `kind` names, and the types it names. None for all."""
    named = {part.strip() for part in kind.split(",") if part.strip()}
    return frozenset(type_ for type_ in CATALOGUE if type_.partition(".")[0] in named) | named or None


def day(text: str) -> datetime | None:
    """The beginning of a day such as 2026-11-23; None for anything else and for days no calendar reaches."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text and text < "9999-12-31" else None
    except ValueError:
        return None


def number(text: Any) -> int | None:
    """The number of an entry in an address; None for anything that is none."""
    given = str(text or "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < len(str(MAX_SEQ)) else None
