"""What every command takes, and the kinds of values that options have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from loom_app.bdcli.moments import moment
from loom_app.kernel.errors import Invalid


@dataclass(slots=True)
class Asked:
    """What was said before or behind a command that holds for all of them."""

    json: bool = False
    quiet: bool = False
    actor: str = ""
    project: str = ""
    folder: str = ""
    """A .beads folder or a file in one: its checkout says which project is meant."""


def asked(ctx: click.Context) -> Asked:
    """What holds for the command being done."""
    found: Asked = ctx.obj
    return found


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value:
        setattr(asked(ctx), str(param.name), value)


def _option(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, callback=_keep, expose_value=False, **settings)


WITHOUT_MEANING = (
    "--allow-stale", "--no-auto-flush", "--no-auto-import", "--no-daemon", "--no-db", "--readonly", "--sandbox",
    "--verbose",
)  # fmt: skip
"""Switches of the beads tool about its own database, which Loom's does without."""
EVERYWHERE: tuple[click.Parameter, ...] = (
    _option("--json", is_flag=True, help="Answer in JSON."),
    _option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    _option("--actor", envvar=["BEADS_ACTOR", "BD_ACTOR"], help="Who acts. Default: the user of the machine."),
    _option("--project", envvar="LOOM_PROJECT", help="The id of the project. Default: that of the working directory."),
    _option("--db", "folder", envvar=["BEADS_DIR", "BEADS_DB"], help="A .beads folder, in place of the working one."),
    *(click.Option([name], is_flag=True, hidden=True, expose_value=False) for name in WITHOUT_MEANING),
)


class Checked(click.ParamType[Any]):
    """A value that a function reads. `reads` raises Invalid."""

    def __init__(self, name: str, reads: Callable[[str], Any]) -> None:
        self.name, self._reads = name, reads

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """The value of a text."""
        return self._reads(value) if isinstance(value, str) else value


def _priority(text: str) -> int:
    number = text.strip().upper().removeprefix("P")
    if number not in {"0", "1", "2", "3", "4"}:
        raise Invalid(f"{text!r} is no priority; it can be 0 to 4 or P0 to P4, 0 the most urgent.", code="bad_priority")
    return int(number)


def _when(text: str) -> datetime | None:
    return moment(text) if text.strip() else None


PRIORITY = Checked("0-4", _priority)
MOMENT = Checked("time", _when)
"""A time, or None for an empty text."""


def option(*names: str, **settings: Any) -> click.Option:
    """An option of one command."""
    return click.Option(names, **settings)


def several(*names: str, **settings: Any) -> click.Option:
    """An option that may be given more than once, each time with one value or some between commas."""
    return click.Option(names, multiple=True, callback=_split, **settings)


def _split(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> list[str]:
    parts = (part.strip() for value in values for part in value.split(","))
    return list(dict.fromkeys(part for part in parts if part))


IDS = click.Argument(["ids"], nargs=-1, required=True)
ID = click.Argument(["bead_id"])
