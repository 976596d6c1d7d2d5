"""Which beads tool this answers as, said without opening a database: clients ask before anything else."""

import json
import tomllib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import click

from loom_app.bdcli.options import EVERYWHERE, asked

ANSWERS_AS = "1.0.5"
"""The version of the beads tool whose commands and JSON these are."""
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@click.command("version", params=list(EVERYWHERE))
@click.pass_context
def version(ctx: click.Context) -> int:
    """Say which beads tool this answers as, and which Loom it is."""
    shown = {"version": ANSWERS_AS, "build": f"loom {_loom()}", "branch": "", "schema_version": 1}
    click.echo(json.dumps(shown, indent=2) if asked(ctx).json else f"bd version {ANSWERS_AS} (loom {_loom()})")
    return 0


def _loom() -> str:
    try:
        return installed("loom")
    except PackageNotFoundError:
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"])
