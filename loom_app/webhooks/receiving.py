"""What GitHub sends, up to the answer: the signature first, then the form, then it is kept. The work comes later."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden, Invalid, Unauthenticated, Unsupported
from loom_app.webhooks import repository
from loom_app.webhooks.intake import Intake
from loom_app.webhooks.models import SECRET_PURPOSE, Delivery, DeliveryStatus
from loom_app.webhooks.payload import Told, parsed, told
from loom_app.webhooks.signature import LiveSecret, signer

ID = re.compile(r"[A-Za-z0-9-]{1,100}")
EVENT = re.compile(r"[a-z_]{1,60}")
SIGNATURE = "x-hub-signature-256"


@dataclass(frozen=True)
class Received:
    """A delivery that is kept; `is_new` is False for one that was kept before."""

    row: Delivery
    told: Told
    is_new: bool


class Door:
    """One per process. Knows the live secrets, opened once, and keeps what is signed with one of them."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self._vault, self._intake = db, vault, Intake(db)
        self._opened: dict[str, str] = {}

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Keeps the delivery. Raises Unsupported, Invalid, Forbidden and Unauthenticated, and then keeps nothing."""
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Unsupported("Have the webhook send application/json: that is its content type.", code="not_json")
        delivery_id, event = _named(headers, "x-github-delivery", ID), _named(headers, "x-github-event", EVENT)
        secret = await self._signer(headers.get(SIGNATURE, ""), body)
        summary = told(event, parsed(body))
        row = _row(delivery_id, event, summary, body, secret)
        return Received(row, summary, await self._intake.keep(row))

    async def _signer(self, signature: str, body: bytes) -> LiveSecret:
        live = await self._live()
        if not live:
            raise Forbidden(
                "Loom has no webhook secret yet, so nothing can be believed. Make one on the page Webhooks, or with "
                "POST /api/v1/projects/{project_id}/webhook-secrets, and enter it at GitHub as the webhook's secret.",
                code="no_webhook_secret",
            )
        if not signature:
            raise Unauthenticated(
                "The delivery is not signed (X-Hub-Signature-256). Enter the secret of the page Webhooks at GitHub.",
                code="not_signed",
            )
        found = signer(live, body, signature)
        if found is None:
            raise Unauthenticated(
                "The signature fits none of Loom's webhook secrets. Enter the secret of the page Webhooks at GitHub "
                "once more, or make a new one there.",
                code="wrong_signature",
            )
        return found

    async def _live(self) -> list[LiveSecret]:
        rows = await self._db.glance(repository.LIVE_SECRETS, {})
        self._opened = {row.secret_sealed: self._text(row.id, row.secret_sealed) for row in rows}
        return [
            LiveSecret(row.id, row.project_id, self._opened[row.secret_sealed], row.used_at is None) for row in rows
        ]

    def _text(self, secret_id: str, sealed: str) -> str:
        known = self._opened.get(sealed)
        return known or self._vault.unseal(sealed, purpose=SECRET_PURPOSE, subject=secret_id)


def _named(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    given = headers.get(name, "")
    if not form.fullmatch(given):
        raise Invalid(f"The header {name} is missing or is none of GitHub's.", code="bad_delivery")
    return given


def _row(delivery_id: str, event: str, summary: Told, body: bytes, secret: LiveSecret) -> Delivery:
    is_wanted = bool(summary.type)
    short = {"number": summary.number, "title": summary.title, "url": summary.url, "author": summary.author}
    return Delivery(
        id=delivery_id, event=event, action=summary.action, repository=summary.repository, told=short,
        body=zlib.compress(body, 1), size=len(body), secret_id=secret.id, signed_for=secret.project_id or "",
        project_id=secret.project_id, status=DeliveryStatus.WAITING if is_wanted else DeliveryStatus.IGNORED,
        due_at=now() if is_wanted else None, done_at=None if is_wanted else now(),
    )  # fmt: skip
