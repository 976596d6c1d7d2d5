"""What the board's page keeps: the dialog for a new bead. The beads themselves live in the component."""

from typing import Any

import reflex as rx

from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadCreate
from loom_app.board import changes
from loom_app.kernel.errors import LoomError
from loom_app.projects import repository as projects
from loom_app.ui import forms, notices
from loom_app.ui.choices import Choice
from loom_app.ui.gate import actor, handler
from loom_app.ui.live import reload_on, tell_on
from loom_app.ui.runtime import runtime

MOST_PROJECTS = 200


class BoardState(rx.State):
    """The projects there are and the state of the dialog."""

    loaded: bool = False
    projects: list[Choice] = []
    project: str = ""
    """The project the board is filtered by, which a new bead is for."""
    asking: bool = False
    busy: bool = False
    fault: str = ""

    @handler("projects:read")
    async def load(self) -> None:
        """The choices of the dialog."""
        async with runtime().db.read() as tx:
            rows, _ = await projects.page(tx, actor(), MOST_PROJECTS, 0)
        self.projects = [Choice(row.id, row.name) for row in rows]
        self.loaded = True

    @handler("beads:read")
    async def ask(self) -> None:
        """Opens the dialog."""
        wanted = self.router.url.query_parameters.get("project", "")
        known = [choice.id for choice in self.projects]
        self.project = wanted if wanted in known else (known[0] if known else "")
        self.asking, self.fault = True, ""

    @handler("beads:read")
    async def close(self) -> None:
        """Closes the dialog."""
        self.asking, self.fault = False, ""

    @handler("beads:write")
    async def create(self, form: dict[str, Any]) -> Any:
        """Makes the bead; a refusal stays in the dialog."""
        self.fault, self.busy = "", True
        yield
        try:
            draft = drafted(form)
            async with runtime().db.write() as tx:
                made = await beads.create(tx, draft, actor=actor())
                told = f"{made.id} is on the board."
        except LoomError as refusal:
            self.fault = refusal.message
        else:
            self.asking = False
            yield notices.success(told)
        finally:
            self.busy = False


def drafted(form: dict[str, Any]) -> BeadCreate:
    """The bead a form describes. Raises Invalid naming every field that is wrong."""
    given = {
        "project_id": forms.text(form, "project_id"),
        "title": forms.text(form, "title"),
        "description": str(form.get("description") or ""),
        "acceptance_criteria": str(form.get("acceptance_criteria") or ""),
        "type": forms.text(form, "type") or "task",
        "priority": forms.whole(form, "priority", 2),
        "blocked_by": forms.text(form, "blocked_by").replace(",", " ").split(),
        "tags": [tag.strip() for tag in forms.text(form, "tags").split(",") if tag.strip()],
    }
    return forms.read(BeadCreate, given, {"blocked_by": "Blocked by", "project_id": "Project"})


reload_on("/board", ("project.",), BoardState.load)
tell_on("/board", changes.told)
