"""Which beads tool this answers as, said without opening a database: clients ask before anything else."""

import json
import tomllib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import click

ANSWERS_AS = "1.0.5"
"""The version of the beads tool whose commands and JSON these are."""
PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@click.command("version", params=[click.Option(["--json", "as_json"], is_flag=True)])
def version(as_json: bool) -> int:
    """Say which beads tool this answers as, and which Loom it is."""
    shown = {"version": ANSWERS_AS, "build": f"loom {_loom()}", "branch": "", "schema_version": 1}
    click.echo(json.dumps(shown, indent=2) if as_json else f"bd version {ANSWERS_AS} (loom {_loom()})")
    return 0


def _loom() -> str:
    try:
        return installed("loom")
    except PackageNotFoundError:
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"])
