"""`loom demo`: the sample project from the command line, with or without a running server."""

import asyncio

import typer

from loom_app.config import settings
from loom_app.demo import service
from loom_app.demo.schemas import DemoView
from loom_app.kernel.opening import opened
from loom_app.supervisor.status import State, read


def load() -> None:
    """Make the sample project: a repository with failing tests, eight beads, a team and a model that plays its part."""
    shown = asyncio.run(_load())
    typer.echo(f"The demo is there: project {shown.project_id!r} with eight beads and a team of {len(service.TEAM)}.")
    if shown.model_answers:
        typer.echo(f"Watch it work: {settings().base_url}/board")
    else:
        typer.echo("Its model starts with Loom: `make run`, or `loom up`.")


async def _load() -> DemoView:
    of = settings()
    async with opened(of) as at:
        runs = any(process.state is not State.STOPPED for process in read(of.data_dir))
        await service.load_demo(at.db, at.vault, of, wait=None if runs else 0)
        return await service.view(at.db, of)
