"""Registering, changing and removing providers; who sees which; whose key goes where."""

import pytest
from sqlalchemy import text

from loom_app.auth.permissions import permissions_of
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.providers import service
from loom_app.providers.models import TRANSITIONS, Provider, ProviderStatus, Signal
from loom_app.providers.schemas import ProviderChange, ProviderDraft
from tests.providers.conftest import Register, Told

ADMIN = Actor("user", "user-1", "Ada", permissions_of("admin"))
USER = Actor("user", "user-2", "Bob", permissions_of("user"))
OTHER = Actor("user", "user-3", "Cyd", permissions_of("user"))
PUBLIC = "https://api.example.com/v1"


async def test_a_registered_provider_is_pending_and_told_of(register: Register, told: Told) -> None:
    provider = await register(id="hub", name="Hub", api_key="secret-key", actor=ADMIN)
    assert (provider.status, provider.owner_id, provider.private_allowed) == ("pending", "user-1", True)
    ((kind, data),) = await told()
    assert kind == "provider.registered"
    assert data == {"name": "Hub", "endpoint": provider.endpoint, "model": "test-model", "status": "pending"}


async def test_name_and_id_are_made_when_not_given(register: Register) -> None:
    provider = await register(id=None)
    assert provider.id.startswith("provider-")
    assert provider.name == provider.endpoint.removeprefix("http://").removesuffix("/v1")


async def test_the_key_is_sealed_for_this_row_alone(db: Database, register: Register, vault: Vault) -> None:
    provider = await register(api_key="secret-key")
    async with db.read() as tx:
        row = (await tx.execute(text("SELECT * FROM providers"))).one()
    assert "secret-key" not in str(row)
    assert "secret-key" not in repr(provider)
    assert vault.unseal(provider.api_key_sealed, purpose="provider-key", subject="p") == "secret-key"
    with pytest.raises(SecretUnreadable):
        service.client_for(
            Provider(id="other", name="o", endpoint=PUBLIC, api_key_sealed=provider.api_key_sealed), vault
        )


async def test_a_change_without_a_key_keeps_it(db: Database, register: Register, vault: Vault, told: Told) -> None:
    sealed = (await register(api_key="secret-key")).api_key_sealed
    for change in (ProviderChange(name="New"), ProviderChange(model="m2", api_key=""), ProviderChange(api_key=None)):
        async with db.write() as tx:
            assert (await service.update(tx, "p", change, vault=vault, actor=SYSTEM)).api_key_sealed == sealed
    assert (await register(name="Again")).api_key_sealed == sealed
    assert (await register(api_key="secret-key")).api_key_sealed == sealed
    assert "secret-key" not in str(await told())


async def test_a_new_key_and_a_forgotten_one(db: Database, register: Register, vault: Vault) -> None:
    first = (await register(api_key="one")).key_id
    second = (await register(api_key="two")).key_id
    assert first != second
    async with db.write() as tx:
        cleared = await service.update(tx, "p", ProviderChange(clear_key=True), vault=vault, actor=SYSTEM)
    assert (cleared.api_key_sealed, cleared.key_id, cleared.revision) == ("", "", 3)


async def test_registering_the_same_again_changes_and_tells_nothing(register: Register, told: Told) -> None:
    before = await register(api_key="k", prices={"input": 5}, tags=["a"], context_window=100)
    after = await register(api_key="k", prices={"input": 5}, tags=["a"], context_window=100)
    assert (after.updated_at, after.revision) == (before.updated_at, 1)
    assert len(await told()) == 1


async def test_what_is_left_out_of_a_change_stays(db: Database, register: Register, vault: Vault) -> None:
    await register(name="N", description="D", tags=["t"], prices={"input": 1, "output": 2}, context_window=9)
    async with db.write() as tx:
        changed = await service.update(
            tx, "p", ProviderChange.model_validate({"prices": {"output": 7}}), vault=vault, actor=SYSTEM
        )
    assert (changed.name, changed.description, changed.tags) == ("N", "D", ["t"])
    assert (changed.price_input, changed.price_output, changed.context_window) == (1, 7, 9)


async def test_a_changed_address_model_or_key_makes_it_pending_again(
    db: Database, register: Register, vault: Vault, told: Told
) -> None:
    await register()
    for revision, change in enumerate(
        (
            ProviderChange(model="other"),
            ProviderChange(endpoint="http://127.0.0.1:1"),
            ProviderChange(api_key="k"),
        ),
        start=2,
    ):
        async with db.write() as tx:
            row = await service.get(tx, "p")
            row.status, row.verified_at = ProviderStatus.HEALTHY, now()
        async with db.write() as tx:
            changed = await service.update(tx, "p", change, vault=vault, actor=SYSTEM)
        assert (changed.status, changed.revision, changed.verified_at) == ("pending", revision, None)
        assert (await told())[-1][1]["status"] == "pending"
    async with db.write() as tx:
        renamed = await service.update(tx, "p", ProviderChange(name="only a name"), vault=vault, actor=SYSTEM)
    assert renamed.revision == 4
    assert (await told())[-1] == ("provider.updated", {"name": "only a name", "fields": ["name"]})


async def test_a_price_for_all_tokens_is_taken_in_dollars(register: Register) -> None:
    provider = await register(cost_per_mtoken=0.25)
    assert (provider.price_input, provider.price_output, provider.price_cached_input) == (250_000, 250_000, None)
    assert (await register(id="q")).price_input is None
    assert (await register(id="r", cost_per_mtoken=0)).price_input == 0


async def test_only_an_administrator_places_a_provider_in_a_private_network(register: Register) -> None:
    with pytest.raises(Forbidden, match="only an administrator") as caught:
        await register(actor=USER)
    assert caught.value.code == "private_endpoint"
    outside = await register(id="outside", endpoint=PUBLIC, actor=USER)
    assert not outside.private_allowed
    with pytest.raises(Forbidden):
        await register(id="outside", endpoint="http://10.0.0.1", actor=USER)


async def test_a_stored_key_does_not_follow_a_user_to_another_host(register: Register) -> None:
    await register(endpoint=PUBLIC, api_key="secret-key")
    moved = "https://evil.example.com/v1"
    with pytest.raises(Invalid, match="cannot go with it") as caught:
        await register(endpoint=moved, actor=USER)
    assert caught.value.code == "key_needed"
    assert (await register(endpoint="https://api.example.com/other/v1", actor=USER)).key_id
    assert (await register(endpoint=moved, api_key="another", actor=USER)).endpoint == moved
    assert (await register(endpoint=PUBLIC, clear_key=True, actor=USER)).key_id == ""


async def test_others_see_shared_providers_only(db: Database, register: Register, vault: Vault) -> None:
    await register(id="private", endpoint=PUBLIC, is_shared=False, actor=USER)
    await register(id="shared", endpoint=PUBLIC)
    async with db.read() as tx:
        seen = {
            who.name: [row.id for row in (await service.list_visible(tx, who, 10, 0))[0]]
            for who in (ADMIN, USER, OTHER)
        }
        totals = [(await service.list_visible(tx, who, 1, 0))[1] for who in (ADMIN, USER, OTHER)]
        with pytest.raises(NotFound):
            await service.get(tx, "private", actor=OTHER)
    assert seen == {"Ada": ["private", "shared"], "Bob": ["private", "shared"], "Cyd": ["shared"]}
    assert totals == [2, 2, 1]
    with pytest.raises(Conflict, match="taken"):
        await register(id="private", endpoint=PUBLIC, actor=OTHER)
    async with db.write() as tx:
        with pytest.raises(NotFound):
            await service.update(tx, "private", ProviderChange(name="mine"), vault=vault, actor=OTHER)


@pytest.mark.parametrize("provider_id", ["nope", "", "a/b", "x" * 100, "\x00", "p'; --"])
async def test_an_unknown_id_is_explained(db: Database, provider_id: str) -> None:
    async with db.read() as tx:
        with pytest.raises(NotFound, match="GET /api/v1/providers"):
            await service.get(tx, provider_id)


async def test_a_deleted_provider_is_gone_and_told_of(db: Database, register: Register, told: Told) -> None:
    await register(name="Hub")
    async with db.write() as tx:
        await service.delete(tx, "p", actor=ADMIN)
    assert (await told())[-1] == ("provider.deleted", {"name": "Hub", "status": "pending"})
    async with db.read() as tx:
        assert await service.working(tx) is None
        with pytest.raises(NotFound):
            await service.get(tx, "p")


async def test_work_goes_to_the_first_real_working_provider(db: Database, vault: Vault) -> None:
    async def choose(preferred: str = "") -> str | None:
        async with db.read() as tx:
            found = await service.working(tx, preferred)
        return found.id if found else None

    async def become(provider_id: str, status: ProviderStatus) -> None:
        async with db.write() as tx:
            (await service.get(tx, provider_id)).status = status

    for provider_id in ("demo", "first", "second", "hidden"):
        draft = ProviderDraft(id=provider_id, endpoint=PUBLIC, is_shared=provider_id != "hidden")
        async with db.write() as tx:
            await service.register(tx, draft, vault=vault, actor=SYSTEM, is_demo=provider_id == "demo")
    assert await choose() is None
    await become("hidden", ProviderStatus.HEALTHY)
    assert await choose() is None
    await become("demo", ProviderStatus.HEALTHY)
    assert await choose() == "demo"
    await become("second", ProviderStatus.ACTIVE)
    assert await choose() == "second"
    await become("first", ProviderStatus.HEALTHY)
    assert await choose() == "first"
    assert await choose("demo") == "demo"
    await become("demo", ProviderStatus.ERROR)
    assert await choose("demo") is None
    assert await choose("deleted long ago") == "first"


def test_every_status_answers_every_signal() -> None:
    assert set(TRANSITIONS) == set(ProviderStatus)
    assert all(set(follows) == set(Signal) for follows in TRANSITIONS.values())
