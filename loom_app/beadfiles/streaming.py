"""An import as it goes on: a line of JSON for its progress now and then, and one for how it ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from loom_app.beadfiles.interchange import Progress
from loom_app.kernel.errors import LoomError


async def progress_lines(work: Callable[[Progress], Awaitable[dict[str, Any]]]) -> AsyncIterator[bytes]:
    """`{"done", "total"}` while `work` goes on, then `{"report"}` or, when it was refused, `{"problem"}`."""
    told: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def progress(done: int, total: int) -> None:
        told.put_nowait({"done": done, "total": total})

    async def run() -> None:
        try:
            told.put_nowait({"report": await work(progress)})
        except LoomError as error:
            told.put_nowait({"problem": {"code": error.code, "detail": error.message, **error.extra}})
        finally:
            told.put_nowait(None)

    task = asyncio.create_task(run())
    try:
        while (line := await told.get()) is not None:
            yield f"{json.dumps(line)}\n".encode()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
