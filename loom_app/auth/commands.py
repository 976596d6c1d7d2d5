"""`loom user`: users from the command line, with or without a running server."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from loom_app.auth import passwords, repository, service
from loom_app.auth.permissions import Role
from loom_app.config import settings
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.migrate import upgrade

commands = typer.Typer(no_args_is_help=True, help="Make and list users, set a password, lock somebody out.")

Name = Annotated[str, typer.Argument(help="The user's name.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@commands.command("create")
def create(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.USER,
    email: Annotated[str, typer.Option(help="The user's e-mail address.")] = "",
    password_stdin: FromInput = False,
) -> None:
    """Make a user. The password is asked for, or read from standard input."""
    service.check_username(name)
    password = _password(password_stdin)

    async def work(db: Database) -> None:
        password_hash = await passwords.accept(password, name, email)
        async with db.write() as tx:
            await service.create_user(tx, username=name, password_hash=password_hash, role=role, email=email)

    _with_database(work)
    typer.echo(f"Made the {role} {name}.")


@commands.command("list")
def list_() -> None:
    """List users: name, role, whether active, e-mail."""

    async def work(db: Database) -> None:
        async with db.read() as tx:
            rows, _ = await repository.page(tx, limit=10_000, offset=0)
        for row in rows:
            state = "active" if row.is_active else "inactive"
            typer.echo(f"{row.username}\t{row.role}\t{state}\t{row.email}")

    _with_database(work)


@commands.command("password")
def password(name: Name, password_stdin: FromInput = False) -> None:
    """Give a user a new password. Their sessions end."""
    new = _password(password_stdin)

    async def work(db: Database) -> None:
        password_hash = await passwords.accept(new, name)
        async with db.write() as tx:
            await service.set_password(tx, name, password_hash)

    _with_database(work)
    typer.echo(f"{name} has a new password; their sessions have ended.")


@commands.command("deactivate")
def deactivate(name: Name) -> None:
    """Let a user in no more and end their sessions."""

    async def work(db: Database) -> None:
        async with db.write() as tx:
            user = await service.named(tx, name)
            await service.deactivate(tx, user.id)

    _with_database(work)
    typer.echo(f"{name} can no longer sign in.")


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for the password. Pipe it in and add --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        db = Database(settings().database_url)
        try:
            await upgrade(db)
            await work(db)
        finally:
            await db.dispose()

    asyncio.run(run())
