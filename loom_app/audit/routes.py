"""REST of the audit log: read it, take it along, check it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from loom_app.audit import repository
from loom_app.audit.export import MEDIA, Format, as_json, exported
from loom_app.audit.repository import Wanted
from loom_app.audit.verification import Kept, verify
from loom_app.auth.gate import CurrentActor, requires
from loom_app.events.service import append
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.rest import AppDatabase, ReadTx

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], dependencies=[requires("system:admin")])

MAX_ENTRIES = 1_000
MAX_SEQ = 2**63 - 1
Name = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[AwareDatetime | None, Query(description="RFC 3339, with a zone.")]
KEPT = r"[0-9]{1,18}:[0-9a-f]{64}"


def _wanted(
    actor_id: Name = None,
    subject_id: Name = None,
    type: Annotated[str | None, Query(max_length=2_000, description="Types, separated by commas.")] = None,  # noqa: A002
    project_id: Name = None,
    since: Moment = None,
    until: Moment = None,
) -> Wanted:
    types = frozenset(part.strip() for part in (type or "").split(",") if part.strip()) or None
    return Wanted(actor_id, subject_id, types, project_id, since, until)


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("")
async def entries(
    tx: ReadTx,
    wanted: Filters,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 100,
    before: Annotated[int | None, Query(ge=0, le=MAX_SEQ, description="Only entries with a smaller seq.")] = None,
) -> dict[str, Any]:
    """The newest entries that fit, newest first."""
    found = await repository.newest(tx, wanted, limit=limit, before=before)
    return {"entries": [as_json(entry) for entry in found], "count": len(found)}


@router.get("/export", response_class=StreamingResponse)
async def export(
    db: AppDatabase,
    wanted: Filters,
    actor: CurrentActor,
    format: Format = "jsonl",  # noqa: A002 - the parameter's name
) -> StreamingResponse:
    """The entries that fit, oldest first, as a file. That it was taken is an entry too."""
    async with db.write() as tx:
        append(tx, "audit.exported", actor=actor, data={"format": format, "wanted": _told(wanted)})
    headers = {"Content-Disposition": f'attachment; filename="loom-audit.{format}"', "Cache-Control": "no-store"}
    return StreamingResponse(exported(db, wanted, format), media_type=MEDIA[format], headers=headers)


@router.get("/verify")
async def verified(
    tx: ReadTx,
    request: Request,
    expect: Annotated[str | None, Query(pattern=f"^{KEPT}$", description="A head kept before: SEQ:HASH.")] = None,
) -> dict[str, Any]:
    """Whether the log is as Loom wrote it; the first fault if it is not."""
    keys: Keyring = request.app.state.keys
    return (await verify(tx, keys, kept(expect) if expect else None)).as_json()


def kept(text: str) -> Kept:
    """The head that `text` (SEQ:HASH) names."""
    seq, _, hash_ = text.partition(":")
    return Kept(int(seq), hash_)


def _told(wanted: Wanted) -> dict[str, Any]:
    """The filters that were given."""
    given = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return {
        name: value.isoformat() if isinstance(value, datetime) else sorted(value) if name == "types" else value
        for name, value in given.items()
        if value is not None
    }
