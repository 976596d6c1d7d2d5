"""The application for tests that are not async, such as generated ones: a loop of its own in a thread answers them."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from loom_app.api.app import create_api, running
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database

T = TypeVar("T")
BASE_URL = "http://127.0.0.1:8080"
SECONDS = 60


class Served:
    """A running application and a client that keeps no cookies."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = AsyncExitStack()
        self.app: FastAPI
        self._http: httpx.AsyncClient

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()
        self.do(self._start())

    def stop(self) -> None:
        """Closes the database and ends the loop."""
        self.do(self._open.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done in the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        """The answer to one request. An error that the application lets out is a 500, as a server would say."""
        return self.do(self._ask(method, url, **more))

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        self._http.cookies.clear()
        return await self._http.request(method, url, **more)

    async def _start(self) -> None:
        db = Database(self.settings.database_url)
        self._open.push_async_callback(db.dispose)
        self.app = create_api(self.settings, db, Vault.open(self.settings.data_dir, None))
        await self._open.enter_async_context(running(self.app))
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._http = await self._open.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE_URL))


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    """The application on the database and key in the data directory of `settings`."""
    served = Served(settings)
    served.start()
    try:
        yield served
    finally:
        served.stop()
