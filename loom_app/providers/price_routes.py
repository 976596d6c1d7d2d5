"""REST of the prices of a provider's models."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.clock import now
from loom_app.kernel.rest import AppDatabase, AppVault, ReadTx, WriteTx
from loom_app.providers import health, prices, service
from loom_app.providers.price_schemas import PriceDraft, PriceList, PricesTakenOver, listed, unpriced_first

router = APIRouter(prefix="/api/v1/providers", tags=["providers"])


@router.get("/{provider_id}/prices", dependencies=[requires("providers:read")])
async def model_prices(provider_id: str, tx: ReadTx, actor: CurrentActor) -> PriceList:
    """What the provider's models cost, cost before and will cost, and which of those in use have no price."""
    provider = await service.get(tx, provider_id, actor=actor)
    rows, moment = list(await prices.history(tx, provider_id)), now()
    used = await prices.used_models(tx, provider)
    return PriceList(
        prices=listed(rows, moment),
        unpriced=unpriced_first(used, await prices.rates_at(tx, provider, used, moment)),
    )


@router.post("/{provider_id}/prices", status_code=201, dependencies=[requires("providers:write")])
async def set_price(provider_id: str, draft: PriceDraft, tx: WriteTx, actor: CurrentActor) -> PriceList:
    """Sets what a model costs from now or from a later moment on; what was paid before stays as it was."""
    provider = await service.get(tx, provider_id, actor=actor)
    await prices.set_price(tx, provider, draft.model, draft.rates(), valid_from=draft.valid_from, actor=actor)
    return await model_prices(provider_id, tx, actor)


@router.post("/{provider_id}/prices/import", dependencies=[requires("providers:write")])
async def take_over(provider_id: str, db: AppDatabase, vault: AppVault, actor: CurrentActor) -> PricesTakenOver:
    """Asks the provider for its models and takes over the prices that its list tells."""
    async with db.read() as tx:
        found = await service.get(tx, provider_id, actor=actor)
    async with service.client_for(found, vault, timeouts=health.TIMEOUTS) as client:
        offered = await client.models()
    async with db.write() as tx:
        provider = await service.get(tx, provider_id, actor=actor)
        changed, silent = await prices.take_over(tx, provider, offered, actor=actor)
    return PricesTakenOver(changed=changed, silent=silent, offered=len(offered))
