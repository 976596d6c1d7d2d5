"""Secrets GitHub signs with, what projects make of issues, and deliveries looked at and worked on again."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.webhooks import repository
from loom_app.webhooks.models import SECRET_PURPOSE, Delivery, DeliveryStatus, HookRules, Issues, OnClose, WebhookSecret
from loom_app.webhooks.signature import new_secret

LIVE, MAKING = 2, 0x617C
MOST_SECRETS = 100
"""In all: every one of them is tried on what comes."""


async def is_set_up(tx: AsyncSession) -> bool:
    """Whether there is any secret."""
    return await repository.secret_count(tx) > 0


async def secrets(tx: AsyncSession, project_id: str | None) -> Sequence[WebhookSecret]:
    """The secrets of a project, or those for all, the newest first."""
    return await repository.secrets(tx, project_id)


async def make_secret(
    tx: AsyncSession, vault: Vault, project_id: str | None, *, actor: Actor
) -> tuple[WebhookSecret, str]:
    """A new secret, and its text, which is never told again. One there was goes on to hold until it is dropped.

    Raises Conflict while there are two, and for one secret too many in all.
    """
    await one_at_a_time(tx, MAKING)
    in_all = await repository.secret_count(tx)
    known = await repository.secrets(tx, project_id)
    if len(known) >= LIVE:
        raise Conflict(
            "There are two secrets already, which is what a rotation needs. Drop the older one once GitHub signs with "
            "the newer.",
            code="rotation_under_way",
        )
    if in_all >= MOST_SECRETS:
        raise Conflict(
            f"Loom has {MOST_SECRETS} webhook secrets, the most there may be. Use the one for all projects, or drop "
            "others.",
            code="too_many_secrets",
        )
    text, secret_id = new_secret(), new_id("whs")
    row = WebhookSecret(
        id=secret_id, project_id=project_id, made_by=actor.name,
        secret_sealed=vault.seal(text, purpose=SECRET_PURPOSE, subject=secret_id),
    )  # fmt: skip
    tx.add(row)
    _tell(tx, "made", row, actor)
    return row, text


async def drop_secret(tx: AsyncSession, project_id: str | None, secret_id: str, *, actor: Actor) -> None:
    """Believes the secret no more. Raises NotFound."""
    row = await tx.get(WebhookSecret, secret_id)
    if row is None or row.project_id != project_id:
        raise NotFound(f"There is no webhook secret {secret_id[:100]!r} here.", code="webhook_secret_not_found")
    await tx.delete(row)
    _tell(tx, "dropped", row, actor)


async def rules(tx: AsyncSession, project_id: str) -> HookRules:
    """What the project makes of issues."""
    return await repository.rules(tx, project_id)


async def set_rules(tx: AsyncSession, project_id: str, issues: Issues, on_close: OnClose, *, actor: Actor) -> HookRules:
    """Has the project make that of issues from now on."""
    row = await repository.rules(tx, project_id)
    if (row.issues, row.on_close) != (issues, on_close):
        row.issues, row.on_close = issues, on_close
        tx.add(row)
        data = {"issues": issues, "on_close": on_close}
        append(tx, "project.webhook_rules_set", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return row


async def look(tx: AsyncSession, delivery_id: str, actor: Actor) -> None:
    """Raises NotFound for a delivery that is not there or not of a project `actor` sees."""
    await get(tx, delivery_id, actor=actor)


async def get(tx: AsyncSession, delivery_id: str, *, actor: Actor) -> Delivery:
    """The delivery with its payload. Raises NotFound."""
    row = await repository.get(tx, delivery_id)
    if row is None or not actor.sees(row.project_id):
        raise NotFound(
            f"There is no delivery {delivery_id[:100]!r}. They are kept for seven days; "
            "GET /api/v1/webhooks/deliveries lists them.",
            code="delivery_not_found",
        )
    return row


async def retry(tx: AsyncSession, delivery_id: str, *, actor: Actor) -> Delivery:
    """Has a delivery that was set aside, or was of no project, worked on again. Raises NotFound, Conflict."""
    await get(tx, delivery_id, actor=actor)
    row = await repository.get(tx, delivery_id, to_change=True)
    assert row is not None
    if row.status not in (DeliveryStatus.FAILED, DeliveryStatus.UNMATCHED):
        raise Conflict(
            f"The delivery is {row.status}; only one that is failed or unmatched is retried.", code="not_failed"
        )
    row.status, row.problem, row.attempts, row.due_at, row.done_at = DeliveryStatus.WAITING, "", 0, now(), None
    data = {"delivery": row.id, "event": row.event}
    if row.project_id:
        append(
            tx, "project.webhook_retried", actor=actor, project_id=row.project_id, subject_id=row.project_id, data=data
        )
    return row


def _tell(tx: AsyncSession, what: str, row: WebhookSecret, actor: Actor) -> None:
    """A secret for all projects is the installation's, and told to its administrators."""
    type_ = f"project.webhook_secret_{what}" if row.project_id else f"settings.webhook_secret_{what}"
    append(tx, type_, actor=actor, project_id=row.project_id, subject_id=row.project_id, data={"secret_id": row.id})
