"""One import of a project at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from loom_app.kernel.errors import Conflict

LOCK = "import.lock"


@asynccontextmanager
async def importing_alone(folder: Path, project_id: str) -> AsyncIterator[None]:
    """Around an import into the project whose files are in `folder`, over all of Loom's processes.

    Raises Conflict while another import of it goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = AsyncFileLock(folder / LOCK, timeout=0)
    try:
        await lock.acquire()
    except Timeout as error:
        raise Conflict(
            f"A file is being imported into {project_id} at this moment. Nothing was changed by this one; import it "
            "when that is done.",
            code="import_running",
        ) from error
    try:
        yield
    finally:
        await lock.release()
