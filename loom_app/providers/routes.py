"""REST of providers."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx, WriteTx
from loom_app.providers import calls, catalog, health, price_routes, service
from loom_app.providers.catalog import CatalogView, RecommendedView
from loom_app.providers.modelchoice import Complexity, Need
from loom_app.providers.schemas import HealthView, ModelList, ProviderChange, ProviderDraft, ProviderView

router = APIRouter(tags=["providers"])
router.routes.extend(price_routes.router.routes)
PROVIDERS = "/api/v1/providers"
Role = Annotated[str, Query(max_length=100, description="A role, such as qa-engineer; empty for a whole team.")]
looked_up("provider_id", lambda tx, provider_id, actor: service.get(tx, provider_id, actor=actor))


@router.get(PROVIDERS, dependencies=[requires("providers:read")])
async def providers(
    tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor
) -> list[ProviderView]:
    """The providers you may see, oldest first."""
    rows, total = await service.list_visible(tx, actor, page.limit, page.offset)
    page.announce(request, response, total)
    return [ProviderView.of(row) for row in rows]


@router.post(PROVIDERS, status_code=201, dependencies=[requires("providers:write")])
async def register(
    draft: ProviderDraft, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> ProviderView:
    """Registers a provider, or changes the one of that id, and checks at once whether it answers."""
    async with db.write() as tx:
        provider = await service.register(tx, draft, vault=vault, actor=actor)
    return ProviderView.of(await health.check(db, vault, provider.id, budgets=settings.budgets, actor=actor))


@router.get(PROVIDERS + "/{provider_id}", dependencies=[requires("providers:read")])
async def provider(provider_id: str, tx: ReadTx, actor: CurrentActor) -> ProviderView:
    """One provider."""
    return ProviderView.of(await service.get(tx, provider_id, actor=actor))


@router.put(PROVIDERS + "/{provider_id}", dependencies=[requires("providers:write")])
async def update(
    provider_id: str,
    change: ProviderChange,
    db: AppDatabase,
    vault: AppVault,
    settings: AppSettings,
    actor: CurrentActor,
) -> ProviderView:
    """Changes what the body names; without `api_key` the stored key stays. A new address, model or key is checked."""
    async with db.write() as tx:
        changed = await service.update(tx, provider_id, change, vault=vault, actor=actor)
    if changed.verified_at is None:
        changed = await health.check(db, vault, provider_id, budgets=settings.budgets, actor=actor)
    return ProviderView.of(changed)


@router.delete(PROVIDERS + "/{provider_id}", status_code=204, dependencies=[requires("providers:delete")])
async def delete(provider_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a provider and its key."""
    await service.delete(tx, provider_id, actor=actor)


@router.get(PROVIDERS + "/{provider_id}/models", dependencies=[requires("providers:read")])
async def models(provider_id: str, db: AppDatabase, vault: AppVault, actor: CurrentActor) -> ModelList:
    """The models the provider offers now."""
    async with db.read() as tx:
        found = await service.get(tx, provider_id, actor=actor)
    async with service.client_for(found, vault, timeouts=health.TIMEOUTS) as client:
        return ModelList.of(await client.models())


@router.post(PROVIDERS + "/{provider_id}/check", dependencies=[requires("providers:write")])
async def check(
    provider_id: str, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> ProviderView:
    """Asks the provider for its models and for a tiny completion, and answers with what became of it."""
    async with db.read() as tx:
        await service.get(tx, provider_id, actor=actor)
    return ProviderView.of(await health.check(db, vault, provider_id, budgets=settings.budgets, actor=actor))


@router.get(PROVIDERS + "/{provider_id}/health", dependencies=[requires("providers:read")])
async def evidence(provider_id: str, tx: ReadTx, actor: CurrentActor) -> HealthView:
    """What the provider's status rests on: its last answers and faults, how long they took, what is on now."""
    found = await service.get(tx, provider_id, actor=actor)
    return HealthView.of(found, await calls.evidence(tx, found))


@router.get(PROVIDERS + "/{provider_id}/catalog", dependencies=[requires("providers:read")])
async def catalog_of(
    provider_id: str,
    db: AppDatabase,
    vault: AppVault,
    actor: CurrentActor,
    role: Role = "",
    complexity: Complexity | None = None,
) -> CatalogView:
    """The models the provider offers now, what their names tell, and which is best for the work and why."""
    async with db.read() as tx:
        found = await service.get(tx, provider_id, actor=actor)
    async with service.client_for(found, vault, timeouts=health.TIMEOUTS) as client:
        return catalog.catalog_of(found, await client.models(), Need.of(role, complexity))


@router.get("/api/v1/models/recommended", dependencies=[requires("providers:read")])
async def recommended(role: Role = "", complexity: Complexity | None = None) -> RecommendedView:
    """Models that do well as agents, scored for the work."""
    return catalog.recommended(Need.of(role, complexity))
