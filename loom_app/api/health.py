"""Health: for people, balancers and supervisors."""

from fastapi import APIRouter, Request

from loom_app import __version__
from loom_app.auth.gate import public
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.rest import AppDatabase

router = APIRouter(tags=["health"])
OPEN = "says only whether Loom serves"


@router.head("/api/v1/health", dependencies=[public(OPEN)], include_in_schema=False)
@router.get("/api/v1/health", dependencies=[public(OPEN)])
async def health(db: AppDatabase) -> dict[str, str]:
    """`{"status": "ok"}` when the web process and its database answer."""
    await db.ping()
    return {"status": "ok", "version": __version__}


@router.head("/health/live", dependencies=[public(OPEN)], include_in_schema=False)
@router.get("/health/live", dependencies=[public(OPEN)])
async def live() -> dict[str, str]:
    """Whether the process runs at all."""
    return {"status": "alive", "timestamp": rfc3339(now())}


@router.head("/health/ready", dependencies=[public(OPEN)], include_in_schema=False)
@router.get("/health/ready", dependencies=[public(OPEN)])
async def ready(db: AppDatabase, request: Request) -> dict[str, object]:
    """Whether requests can be served; 503 while the database does not answer."""
    await db.ping()
    return {"ready": True, "timestamp": rfc3339(now()), "events": request.app.state.tail.last_seq}
