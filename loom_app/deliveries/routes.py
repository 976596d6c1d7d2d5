"""REST of deliveries: what one was told outside of Loom."""

from typing import Annotated

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, personal
from loom_app.deliveries import repository
from loom_app.deliveries.schemas import LettersView, LetterView
from loom_app.kernel.rest import AppSettings, ReadTx

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


@router.get("/letters", dependencies=[personal("what one was told oneself", by_key=True)])
async def letters(
    tx: ReadTx, settings: AppSettings, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> LettersView:
    """One's newest letters and messages to one's webhooks of the last thirty days, and what became of each."""
    rows = await repository.page(tx, actor.id, limit)
    shown = [LetterView(**row.model_dump(exclude={"user_id", "items"}), count=len(row.items)) for row in rows]
    return LettersView(letters=shown, count=len(shown), mail_is_set_up=settings.smtp.is_set)
