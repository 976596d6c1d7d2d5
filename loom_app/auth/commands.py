"""`loom user`: users from the command line, with or without a running server."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import accounts, links, passwords, repository, second_factor, service
from loom_app.auth.links import Purpose
from loom_app.auth.models import User
from loom_app.auth.permissions import Role
from loom_app.config import settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.opening import opened

commands = typer.Typer(no_args_is_help=True, help="Make, list and change users, set a password, lock somebody out.")
second_factor_commands = typer.Typer(no_args_is_help=True, help="The second factor of a user.")
commands.add_typer(second_factor_commands, name="second-factor")

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
        async with db.read() as tx:
            found = await service.named(tx, name)
        password_hash = await passwords.accept(new, found.username, found.email)
        async with db.write() as tx:
            await service.give_password(tx, await service.get(tx, found.id, to_change=True), password_hash)

    _with_database(work)
    typer.echo(f"{name} has a new password; their sessions have ended.")


@commands.command("reset")
def reset(
    name: Name,
    second_factor_off: Annotated[bool, typer.Option(help="Using the link also turns the second factor off.")] = False,
) -> None:
    """Print a link by which a user sets a new password, once and within a day. Earlier ones end."""

    async def work(tx: AsyncSession, user: User) -> None:
        token, _ = await accounts.reset_link(tx, user.id, ends_second_factor=second_factor_off, actor=SYSTEM)
        typer.echo(links.address(settings().base_url, Purpose.RESET, token))

    _with_user(name, work)


@commands.command("role")
def role(name: Name, role: Annotated[Role, typer.Argument(help="What the user may do from now on.")]) -> None:
    """Give a user another role. Their sessions end."""
    _with_user(name, lambda tx, user: accounts.change(tx, user.id, role=role, actor=SYSTEM))
    typer.echo(f"{name} has the role {role}.")


@commands.command("activate")
def activate(name: Name) -> None:
    """Let a user in again."""
    _with_user(name, lambda tx, user: accounts.change(tx, user.id, is_active=True, actor=SYSTEM))
    typer.echo(f"{name} can sign in.")


@commands.command("deactivate")
def deactivate(name: Name) -> None:
    """Let a user in no more and end their sessions."""
    _with_user(name, lambda tx, user: accounts.change(tx, user.id, is_active=False, actor=SYSTEM))
    typer.echo(f"{name} can no longer sign in.")


@commands.command("delete")
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Take a user away for good, with their sessions, API keys and memberships. The log keeps naming them."""
    if not yes:
        _sure(f"Take {name} away for good?")
    _with_user(name, lambda tx, user: accounts.delete(tx, user.id, actor=SYSTEM))
    typer.echo(f"{name} is gone.")


@second_factor_commands.command("off")
def second_factor_off(name: Name) -> None:
    """Let a user who lost app and recovery codes sign in with the password alone."""
    _with_user(name, lambda tx, user: second_factor.remove(tx, user, SYSTEM))
    typer.echo(f"{name} signs in with the password alone.")


def _sure(question: str) -> None:
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask whether you are sure. Add --yes.")
    typer.confirm(question, abort=True)


def _with_user(name: str, work: Callable[[AsyncSession, User], Awaitable[object]]) -> None:
    """Does `work` to the user called `name` in one transaction."""

    async def change(db: Database) -> None:
        async with db.write() as tx:
            await work(tx, await service.named(tx, name))

    _with_database(change)


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for the password. Pipe it in and add --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(settings()) as at:
            await work(at.db)

    asyncio.run(run())
