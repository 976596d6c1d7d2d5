"""What comes once Loom is ready: the demo where LOOM_DEMO asks for it, the one-time set-up link, a hint at the demo.

A program of its own: it needs the database, which the supervisor has no other use for.
"""

import asyncio
import sys

from loom_app.auth import setup
from loom_app.config import Settings, settings
from loom_app.demo.service import load_demo
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.opening import opened
from loom_app.providers import service as providers

OPEN = "Signing in is switched off (auth.enabled: false): whoever reaches this address is an administrator."


async def lines(db: Database, configured: Settings) -> list[str]:
    """A line each; none when there is nothing left to do."""
    said = [] if configured.auth.enabled else [OPEN]
    link = await setup.pending_link(db, configured.base_url)
    if link:
        said.append(f"First visit: open {link} to name the first user. The link works once, for 24 hours.")
    async with db.read() as tx:
        _, known = await providers.list_visible(tx, SYSTEM, 1, 0)
    if not known and not configured.demo:
        said.append("No model provider is set up yet: connect one on the home page, or try the demo with `loom demo`.")
    return said


async def _main() -> None:
    configured = settings()
    async with opened(configured) as at:
        if configured.demo:
            await load_demo(at.db, at.vault, configured)
            print(f"The demo is loaded: watch its beads at {configured.base_url}/board.")  # noqa: T201
        for line in await lines(at.db, configured):
            print(line)  # noqa: T201


if __name__ == "__main__":
    try:
        asyncio.run(_main())
    except LoomError as error:
        sys.exit(error.message)
