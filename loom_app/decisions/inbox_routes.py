"""REST of the inbox, and of putting decisions off."""

from typing import Literal

from fastapi import APIRouter, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.decisions import inbox, snoozing
from loom_app.decisions.schemas import DecisionView, Inbox, Snoozing
from loom_app.events import service as events
from loom_app.kernel.rest import Page, ReadTx, WriteTx

router = APIRouter()
View = Literal["waiting", "overdue", "today", "later", "snoozed", "answered"]
Sort = Literal["urgency", "risk", "deadline"]


@router.get("/decisions/inbox", dependencies=[requires("decisions:read")])
async def inbox_page(
    tx: ReadTx,
    page: Page,
    actor: CurrentActor,
    response: Response,
    view: View = "waiting",
    project_id: str = "",
    risk: str = "",
    kind: str = "",
    mine: bool = False,
    sort: Sort = "urgency",
) -> Inbox:
    """Your inbox, compactly: what waits, by how soon its deadline comes and by risk; what you put off; what is over.

    `today` is what is due within 24 hours. `counts` has the number under each view.
    The header Last-Seq is the number of the newest event that the answer takes in.
    """
    response.headers["Last-Seq"] = str(await events.last_seq(tx))
    asked = inbox.Asked(view, project_id, risk, kind, mine, sort)
    return await inbox.page(tx, actor, asked, page.limit, page.offset)


@router.post("/decisions/{decision_id}/snooze", dependencies=[requires("decisions:write")])
async def snooze(decision_id: str, wanted: Snoozing, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Keeps a decision out of your own inbox until then; it waits on for everybody else."""
    return DecisionView.of(await snoozing.snooze(tx, decision_id, wanted.until, actor=actor))
