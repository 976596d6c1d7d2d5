"""What a project reaches its repository with: keys made and rotated, logins kept, hosts known.

Secrets go in and never out, but for `credentials`, which git is run with, and `known_secrets`, which keeps them in.
"""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.git.hosts import HostKey
from loom_app.git.keys import new_pair
from loom_app.git.login import Login
from loom_app.git.places import Place, place_of
from loom_app.git.session import Credentials
from loom_app.gitaccess import repository
from loom_app.gitaccess.models import KEY_PURPOSE, LOGIN_PURPOSE, AuthMethod, GitKey, GitLogin, KnownHost
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.projects.models import Project

WEB = ("https", "http")


async def keys(tx: AsyncSession, project_id: str) -> Sequence[GitKey]:
    """The project's keys, the newest, which is the one to hand out, first."""
    return await repository.keys(tx, project_id)


async def method(tx: AsyncSession, project: Project) -> AuthMethod:
    """How the project comes to its repository."""
    login = await repository.login(tx, project.id)
    if login is not None and (login.method == AuthMethod.MACHINE or place_of(project.git_repo).protocol in WEB):
        return AuthMethod(login.method)
    return AuthMethod.SSH if await repository.keys(tx, project.id) else AuthMethod.NONE


async def make_key(tx: AsyncSession, vault: Vault, project_id: str, *, actor: Actor) -> GitKey:
    """The project's key; made where there is none."""
    known = await repository.keys(tx, project_id)
    return known[0] if known else await _made(tx, vault, project_id, actor=actor)


async def rotate_key(tx: AsyncSession, vault: Vault, project_id: str, *, actor: Actor) -> GitKey:
    """A new key beside the present one, which goes once the new one was seen to let a push in.

    Raises Conflict while an earlier rotation waits for that.
    """
    known = await repository.keys(tx, project_id)
    if len(known) > 1:
        raise Conflict(
            f"The key {known[0].fingerprint} has not been seen to work yet. Add it where the repository is and check "
            f"the connection, or drop one of the two (DELETE …/git-keys/{known[0].id} takes the new one back).",
            code="rotation_under_way",
        )
    return await _made(tx, vault, project_id, actor=actor)


async def drop_key(tx: AsyncSession, project_id: str, key_id: str, *, actor: Actor) -> None:
    """Removes a key for good. Raises NotFound."""
    key = await tx.get(GitKey, key_id)
    if key is None or key.project_id != project_id:
        raise NotFound(f"The project {project_id} has no key {key_id!r}.", code="git_key_not_found")
    await _gone(tx, key, actor=actor)


async def note_key(tx: AsyncSession, project_id: str, fingerprint: str) -> None:
    """Hears that a push went in by this key: it works, and those before it are needed no more."""
    known = await repository.keys(tx, project_id)
    place = next((place for place, key in enumerate(known) if key.fingerprint == fingerprint), None)
    if place is None:
        return
    if known[place].worked_at is None:
        known[place].worked_at = now()
        _append(tx, "project.git_key_worked", project_id, SYSTEM, {"fingerprint": fingerprint})
    for key in known[place + 1 :]:
        await _gone(tx, key, actor=SYSTEM)


async def login(tx: AsyncSession, project_id: str) -> GitLogin | None:
    """The project's login."""
    return await repository.login(tx, project_id)


async def set_login(
    tx: AsyncSession, vault: Vault, project: Project, username: str, secret: str, *, actor: Actor
) -> GitLogin:
    """Keeps a login for the site the project's repository is at now, and sends it nowhere else.

    Raises Invalid for a repository that takes none.
    """
    place = place_of(project.git_repo)
    wanted = Login(place.site, username, secret)
    if not wanted.is_for(place):
        raise Invalid(
            f"{project.git_repo or 'This project'} takes no user name and token: that needs an https:// address. "
            "A repository reached by ssh takes the project's key (git-key).",
            code="login_not_used",
        )
    method = AuthMethod.BASIC if username else AuthMethod.TOKEN
    return await _set(tx, vault, project.id, method, wanted, actor=actor)


async def use_machine(tx: AsyncSession, vault: Vault, project: Project, *, actor: Actor) -> GitLogin:
    """Has git come as whoever runs Loom: with that account's SSH keys, agent, configuration and credential helper."""
    return await _set(tx, vault, project.id, AuthMethod.MACHINE, None, actor=actor)


async def drop_login(tx: AsyncSession, project_id: str, *, actor: Actor) -> None:
    """Forgets the login. Raises NotFound where there is none."""
    known = await repository.login(tx, project_id)
    if known is None:
        raise NotFound(f"The project {project_id} has no login.", code="git_login_not_found")
    await tx.delete(known)
    _append(tx, "project.git_login_dropped", project_id, actor, {"site": known.site})


async def hosts(tx: AsyncSession, project_id: str) -> Sequence[KnownHost]:
    """What the project knows of hosts, by name."""
    return await repository.hosts(tx, project_id)


async def pin_host(tx: AsyncSession, project_id: str, key: HostKey, *, actor: Actor) -> None:
    """Has the project believe this key, and no other it knew, of the host."""
    await repository.forget_host(tx, project_id, key.host)
    await repository.meet(tx, _known(project_id, key, "person"))
    _append(tx, "project.host_pinned", project_id, actor, {"host": key.host, "fingerprint": key.fingerprint})


async def meet_hosts(tx: AsyncSession, project_id: str, met: Sequence[HostKey]) -> None:
    """Keeps the keys of hosts that were met for the first time."""
    for key in met:
        if await repository.meet(tx, _known(project_id, key, "first contact")):
            _append(tx, "project.host_met", project_id, SYSTEM, {"host": key.host, "fingerprint": key.fingerprint})


async def forget_host(tx: AsyncSession, project_id: str, host: str, *, actor: Actor) -> None:
    """Has the project know nothing of the host; the key it next shows is believed. Raises NotFound."""
    if not await repository.forget_host(tx, project_id, host):
        raise NotFound(f"The project {project_id} has pinned no key of {host!r}.", code="host_not_known")
    _append(tx, "project.host_forgotten", project_id, actor, {"host": host})


async def credentials(
    tx: AsyncSession, vault: Vault, project_id: str, place: Place, *, newest: bool = False
) -> Credentials:
    """What the project comes to `place` with, in the open. Raises SecretUnreadable.

    Keys that were seen to work come first, so that a new one which may only read takes nothing away; with `newest`
    there is but that one.
    """
    login = await repository.login(tx, project_id)
    if login is not None and login.method == AuthMethod.MACHINE:
        return Credentials(machine=True)
    if place.protocol != "ssh":
        return Credentials(login=_opened(vault, login) if login is not None else None)
    keys = (await repository.keys(tx, project_id))[: 1 if newest else None]
    proven = sorted(keys, key=lambda key: key.worked_at is None)
    private = [vault.unseal(key.private_sealed, purpose=KEY_PURPOSE, subject=key.id) for key in proven]
    known = tuple(HostKey(host.host, host.kind, host.key) for host in await repository.hosts(tx, project_id))
    return Credentials(tuple(private), hosts=known)


async def known_secrets(tx: AsyncSession, vault: Vault, project_id: str) -> tuple[str, ...]:
    """The project's token or password, so that it can be kept out of what is told; none where it does not open."""
    login = await repository.login(tx, project_id)
    if login is None or not login.secret_sealed:
        return ()
    with suppress(SecretUnreadable):
        return (_opened(vault, login).secret,)
    return ()


def _opened(vault: Vault, login: GitLogin) -> Login:
    secret = vault.unseal(login.secret_sealed, purpose=LOGIN_PURPOSE, subject=login.project_id)
    return Login(login.site, login.username or "x-access-token", secret)


async def _made(tx: AsyncSession, vault: Vault, project_id: str, *, actor: Actor) -> GitKey:
    pair, key_id = new_pair(f"loom-{project_id}"), new_id("gk")
    sealed = vault.seal(pair.private, purpose=KEY_PURPOSE, subject=key_id)
    key = GitKey(
        id=key_id, project_id=project_id, public_key=pair.public, fingerprint=pair.fingerprint, private_sealed=sealed
    )
    tx.add(key)
    _append(tx, "project.git_key_made", project_id, actor, {"fingerprint": key.fingerprint})
    return key


async def _gone(tx: AsyncSession, key: GitKey, *, actor: Actor) -> None:
    await tx.delete(key)
    _append(tx, "project.git_key_dropped", key.project_id, actor, {"fingerprint": key.fingerprint})


async def _set(
    tx: AsyncSession, vault: Vault, project_id: str, method: AuthMethod, wanted: Login | None, *, actor: Actor
) -> GitLogin:
    login = await repository.login(tx, project_id) or GitLogin(project_id=project_id, method=method)
    login.method, login.set_by, login.set_at = method, actor.name, now()
    login.site, login.username, login.secret_sealed = "", "", ""
    if wanted is not None:
        login.site, login.username = wanted.site, wanted.username
        login.secret_sealed = vault.seal(wanted.secret, purpose=LOGIN_PURPOSE, subject=project_id)
    tx.add(login)
    _append(tx, "project.git_login_set", project_id, actor, {"method": method, "site": login.site})
    return login


def _known(project_id: str, key: HostKey, source: str) -> KnownHost:
    return KnownHost(project_id=project_id, host=key.host, kind=key.kind, key=key.key, source=source)


def _append(tx: AsyncSession, type_: str, project_id: str, actor: Actor, data: dict[str, str]) -> None:
    append(tx, type_, actor=actor, project_id=project_id, subject_id=project_id, data=data)
