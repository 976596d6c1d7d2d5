"""The `loom` command. Each command or group lives beside its room and is imported only when it is called."""

import asyncio
import gc
import getpass
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from loom_app.kernel.cause import because
from loom_app.kernel.errors import LoomError, Unavailable

if TYPE_CHECKING:
    import typer

MADE_BEFORE_CLEARING = 100_000
"""How many objects are made before those in rings are looked for. Loading a program makes many and drops few."""

ROOMS: dict[str, str] = {
    "audit": "loom_app.audit.commands:commands",
    "backup": "loom_app.upkeep.commands:backup",
    "demo": "loom_app.demo.commands:load",
    "restore": "loom_app.upkeep.commands:restore",
    "search": "loom_app.search.commands:commands",
    "secrets": "loom_app.secrets.commands:commands",
    "user": "loom_app.auth.commands:commands",
    "keys": "loom_app.auth.key_commands:commands",
}
"""Name → `module:attribute`, where the attribute is a Typer (a group of commands) or a function (one command)."""
PROGRAMS: dict[str, tuple[str, str]] = {
    "beads": ("loom_app.bdcli.program:run", "Beads on the command line, as the beads tool (bd) has them."),
}
"""Name → a function that takes the words behind the name and answers the exit code, and what it is for."""


def command_line(asked: str) -> "typer.Typer":
    """The commands, with of the ROOMS only the one `asked` for; all of them when nothing is called that."""
    import typer

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="Loom: a team of AI agents does real work on your git repositories.")(lambda: None)
    app.command()(up)
    app.command()(migrate)
    for name, (_, purpose) in PROGRAMS.items():
        app.command(name, help=purpose)(lambda: None)
    known = asked in ROOMS or asked in PROGRAMS or asked in ("up", "migrate")
    for name, place in ROOMS.items():
        if not known or asked == name:
            room = found(place)
            if isinstance(room, typer.Typer):
                app.add_typer(room, name=name)
            else:
                app.command(name)(room)
    return app


def found(place: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)


def up() -> None:
    """Start Loom: Temporal, the worker and the web application, restarted when they die. Ctrl-C stops all of it."""
    import typer

    from loom_app.supervisor.up import run

    raise typer.Exit(run())


def migrate() -> None:
    """Bring the database up to date: schema, first user, what the settings name. `loom up` does this by itself."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from loom_app.config import settings
    from loom_app.kernel.crypto import Vault
    from loom_app.kernel.database import Database
    from loom_app.startup import prepare

    of = settings()
    database = Database(of.database_url)
    try:
        await prepare(database, Vault.open(of.data_dir, of.secret_key, of.old_secret_key), of)
    except (OSError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Unavailable(f"The database {database.url!r} cannot be brought up to date: {reason}.") from error
    finally:
        await database.dispose()


def main() -> None:
    """Runs the command line. A LoomError is one sentence on stderr and exit code 1."""
    gc.set_threshold(MADE_BEFORE_CLEARING)
    because(on_behalf_of=f"cli:{_whoever()}")
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    try:
        if asked in PROGRAMS and sys.argv[1] == asked:
            code = found(PROGRAMS[asked][0])(sys.argv[2:])
            gc.freeze()  # what is left ends with the process; looking through it takes longer than most commands
            sys.exit(code)
        command_line(asked)()
    except LoomError as error:
        print(error.message, file=sys.stderr)  # noqa: T201
        sys.exit(1)


def _whoever() -> str:
    """The name of the user of the machine who types; their number when they have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


if __name__ == "__main__":
    main()
