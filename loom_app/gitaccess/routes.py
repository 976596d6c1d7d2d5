"""REST of how a project reaches its repository."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth.gate import CurrentActor, requires
from loom_app.git.hosts import HostKey, believed, host_key
from loom_app.git.places import place_of
from loom_app.git.scanning import shown_key
from loom_app.gitaccess import check, service
from loom_app.gitaccess.schemas import CheckView, GitKeyView, HostPin, HostView, LoginDraft, LoginView
from loom_app.kernel.rest import AppDatabase, AppVault, ReadTx, WriteTx
from loom_app.projects import service as projects
from loom_app.projects.models import Project

router = APIRouter(prefix="/api/v1/projects/{project_id}", tags=["git"])


@router.get("/git-key", dependencies=[requires("projects:read")])
async def git_key(project_id: str, tx: ReadTx, actor: CurrentActor) -> GitKeyView:
    """The project's public key and what to do with it."""
    return await _key_view(tx, await projects.get(tx, project_id, actor=actor))


@router.post("/git-key", status_code=201, dependencies=[requires("projects:write")])
async def make_key(project_id: str, tx: WriteTx, vault: AppVault, actor: CurrentActor) -> GitKeyView:
    """Makes the project an ed25519 key pair; where there is one, answers that. The private part never leaves Loom."""
    project = await projects.get(tx, project_id, actor=actor)
    await service.make_key(tx, vault, project_id, actor=actor)
    return await _key_view(tx, project)


@router.post("/git-key/rotate", status_code=201, dependencies=[requires("projects:write")])
async def rotate_key(project_id: str, tx: WriteTx, vault: AppVault, actor: CurrentActor) -> GitKeyView:
    """Makes a new pair. The present one is kept until the new one was seen to let a push in; git-check tries that."""
    project = await projects.get(tx, project_id, actor=actor)
    await service.rotate_key(tx, vault, project_id, actor=actor)
    return await _key_view(tx, project)


@router.delete("/git-keys/{git_key_id}", status_code=204, dependencies=[requires("projects:write")])
async def drop_key(project_id: str, git_key_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a pair for good: one that leaked, the old one of a rotation, or the new one to take a rotation back."""
    await projects.get(tx, project_id, actor=actor)
    await service.drop_key(tx, project_id, git_key_id, actor=actor)


@router.get("/git-login", dependencies=[requires("projects:read")])
async def git_login(project_id: str, tx: ReadTx, actor: CurrentActor) -> LoginView:
    """How the project comes to its repository; a secret is never shown again."""
    return await _login_view(tx, await projects.get(tx, project_id, actor=actor))


@router.put("/git-login", dependencies=[requires("projects:write")])
async def set_login(
    project_id: str, wanted: LoginDraft, tx: WriteTx, vault: AppVault, actor: CurrentActor
) -> LoginView:
    """Keeps a user name and token for the site of the project's https:// address, and sends them nowhere else."""
    project = await projects.get(tx, project_id, actor=actor)
    await service.set_login(tx, vault, project, wanted.username, wanted.secret, actor=actor)
    return await _login_view(tx, project)


@router.delete("/git-login", status_code=204, dependencies=[requires("projects:write")])
async def drop_login(project_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Forgets the login."""
    await projects.get(tx, project_id, actor=actor)
    await service.drop_login(tx, project_id, actor=actor)


@router.put("/git-login/machine", dependencies=[requires("system:admin")])
async def use_machine(project_id: str, tx: WriteTx, vault: AppVault, actor: CurrentActor) -> LoginView:
    """Has git come as the account Loom runs in, with its SSH keys, agent, configuration and credential helper."""
    project = await projects.get(tx, project_id, actor=actor)
    await service.use_machine(tx, vault, project, actor=actor)
    return await _login_view(tx, project)


@router.get("/known-hosts", dependencies=[requires("projects:read")])
async def known_hosts(project_id: str, tx: ReadTx, actor: CurrentActor) -> list[HostView]:
    """The keys by which the project knows hosts; of its repository's host also those its owners have published."""
    project = await projects.get(tx, project_id, actor=actor)
    rows = await service.hosts(tx, project_id)
    own = tuple(HostKey(row.host, row.kind, row.key) for row in rows)
    published = [key for key in believed(own, place_of(project.git_repo).known_as) if key not in own]
    shown = [HostView.of(key, row.source, row.pinned_at) for key, row in zip(own, rows, strict=True)]
    return shown + [HostView.of(key, "published") for key in published]


@router.put("/known-hosts", dependencies=[requires("projects:write")])
async def pin_host(project_id: str, pin: HostPin, db: AppDatabase, actor: CurrentActor) -> HostView:
    """Has the project believe this key of a host and no other; so a new one that was announced is accepted.

    By its fingerprint alone that goes for the host of the project's repository, which is asked for the key.
    """
    async with db.read() as tx:
        place = place_of((await projects.get(tx, project_id, actor=actor)).git_repo)
    if pin.fingerprint and not pin.key and pin.host == place.known_as:
        key = await shown_key(place, pin.fingerprint)
    else:
        key = host_key(pin.host, pin.key)
    async with db.write() as tx:
        await projects.get(tx, project_id, actor=actor)
        await service.pin_host(tx, project_id, key, actor=actor)
    return HostView.of(key, "person")


@router.delete("/known-hosts", status_code=204, dependencies=[requires("projects:write")])
async def forget_host(
    project_id: str,
    tx: WriteTx,
    actor: CurrentActor,
    host: Annotated[str, Query(max_length=300, description="As the list has it: name, or [name]:port.")],
) -> None:
    """Forgets the keys of a host: the key it shows next is believed, unless Loom knows its published ones."""
    await projects.get(tx, project_id, actor=actor)
    await service.forget_host(tx, project_id, host, actor=actor)


@router.post("/git-check", dependencies=[requires("projects:write")])
async def git_check(project_id: str, db: AppDatabase, actor: CurrentActor) -> CheckView:
    """Tries the repository for real, within 45 s by key: reads its branches and asks for a push without pushing."""
    async with db.read() as tx:
        await projects.get(tx, project_id, actor=actor)
    return CheckView.model_validate(await check.check(db, project_id))


async def _key_view(tx: AsyncSession, project: Project) -> GitKeyView:
    return GitKeyView.of(project, await service.method(tx, project), await service.keys(tx, project.id))


async def _login_view(tx: AsyncSession, project: Project) -> LoginView:
    return LoginView.of(project.id, await service.method(tx, project), await service.login(tx, project.id))
