"""The tree of commands of `loom beads`. A command's module is imported when the command is called."""

import importlib
import json
import sys
from collections.abc import Mapping, Sequence

import click

from loom_app.bdcli.options import EVERYWHERE, Asked
from loom_app.kernel.errors import LoomError

COMMANDS: dict[str, str | dict[str, str]] = {
    "blocked": "reading:blocked",
    "children": "reading:children",
    "close": "closing:close",
    "comment": "saying:comment",
    "comments": {"": "saying:list_", "add": "saying:add", "list": "saying:list_"},
    "count": "reading:count",
    "create": "making:create",
    "delete": "closing:delete",
    "dep": {
        "add": "linking:add",
        "cycles": "linking:cycles",
        "list": "linking:list_",
        "remove": "linking:remove",
        "tree": "linking:tree",
    },
    "export": "files:export",
    "import": "files:import_",
    "info": "about:info",
    "init": "about:init",
    "label": {"add": "labels:add", "list": "labels:list_", "list-all": "labels:all_", "remove": "labels:remove"},
    "list": "reading:list_",
    "note": "saying:note",
    "q": "making:quick",
    "quickstart": "about:quickstart",
    "ready": "reading:ready",
    "reopen": "closing:reopen",
    "search": "reading:search",
    "show": "reading:show",
    "stale": "reading:stale",
    "status": "about:stats",
    "update": "changing:update",
    "version": "versions:version",
    "where": "about:where",
}
"""Name → `module:attribute` in this room, or the commands of a family; `""` is what the family's bare name does."""
ALIASES = {"new": "create", "stats": "status", "done": "close", "view": "show"}


class Family(click.Group):
    """Commands by name, each imported when it is asked for."""

    def __init__(self, name: str, places: Mapping[str, str | dict[str, str]], **settings: str) -> None:
        super().__init__(name, params=list(EVERYWHERE), no_args_is_help=False, **settings)  # type: ignore[arg-type]
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands."""
        return sorted(name for name in self._places if name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        name = ALIASES.get(cmd_name, cmd_name)
        place = self._places.get(name)
        if place is None:
            return None
        if isinstance(place, dict):
            return Family(name, place, help=f"Commands about {name}s.")
        module, _, attribute = place.partition(":")
        found: click.Command = getattr(importlib.import_module(f"loom_app.bdcli.{module}"), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` call; of a family with one for its bare name, that where no other is named."""
        if "" in self._places and args[0] not in self._places:
            return "", self.get_command(ctx, ""), args
        return super().resolve_command(ctx, args)


def run(words: Sequence[str]) -> int:
    """Does what `words` say and answers the exit code: 0, or 1 after saying why on standard error."""
    said = Asked()
    try:
        root = Family("beads", COMMANDS, help="Beads on the command line, as the beads tool (bd) has them.")
        code = root.main(list(words), prog_name="loom beads", standalone_mode=False, obj=said)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        return _refuse(said, error.format_message(), "usage", ["--json"] if "--json" in words else [])
    except click.Abort:
        return _refuse(said, "Stopped.", "stopped", words)
    except LoomError as error:
        return _refuse(said, error.message, error.code, words)


def _refuse(said: Asked, message: str, code: str, words: Sequence[str]) -> int:
    if said.json or "--json" in words:
        sys.stderr.write(json.dumps({"error": message, "code": code, "schema_version": 1}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"Error: {message}\n")
    return 1
