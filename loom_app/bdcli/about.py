"""What this is and how things stand: version, info, where, status, quickstart, init."""

from collections import Counter
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from loom_app.bdcli.command import Answer, At, command
from loom_app.bdcli.finding import everything, status_of
from loom_app.bdcli.options import option
from loom_app.bdcli.place import git
from loom_app.bdcli.versions import ANSWERS_AS
from loom_app.beads import service as beads
from loom_app.beads.epics import EPIC, progress
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid
from loom_app.projects import service as projects
from loom_app.projects.schemas import ProjectDraft

QUICKSTART = """\
Work with beads, the work items of this project:

  bd ready                         what can be started now
  bd show ID                       everything about one
  bd update ID --claim             take it
  bd comment ID "text"             say something about it
  bd create "Title" -p 1 -t bug --deps discovered-from:ID
  bd dep add A B                   A waits for B
  bd close ID --reason "why"       it is done

Add --json to any command to have its answer in JSON. Priorities are 0 (most urgent) to 4. Whatever is changed is in
Loom at once and on the board; nothing has to be synced."""


@command("quickstart")
async def quickstart(at: At) -> Answer:  # noqa: ARG001 - the signature of a command
    """Show the commands one needs most."""
    return Answer({"quickstart": QUICKSTART}, QUICKSTART)


@command("where")
async def where(at: At) -> Answer:
    """Show which project and which database are meant."""
    place = at.settings.data_dir
    shown = {
        "path": str(place), "database_path": at.settings.data_dir.as_posix(), "prefix": at.project.bead_prefix,
        "project": at.project.id,
    }  # fmt: skip
    return Answer(shown, f"{place}\n  project: {at.project.id}\n  prefix: {at.project.bead_prefix}")


@command("info", option("--schema", is_flag=True, help="The fields of a bead too."))
async def info(at: At, *, schema: bool) -> Answer:
    """Show the database, the project and how many beads it has."""
    found = await everything(at)
    shown = {
        "database_path": str(at.settings.data_dir), "issue_count": len(found), "mode": "direct",
        "config": {"issue_prefix": at.project.bead_prefix}, "project": at.project.id,
    }  # fmt: skip
    if schema:
        samples = sorted(bead.id for bead in found)[:3]
        shown["schema"] = {
            "tables": ["issues", "dependencies", "labels", "comments"], "schema_version": ANSWERS_AS,
            "config": {"issue_prefix": at.project.bead_prefix}, "sample_issue_ids": samples,
            "detected_prefix": at.project.bead_prefix,
        }  # fmt: skip
    return Answer(shown, "\n".join(f"{name}: {value}" for name, value in shown.items()))


@command("status", option("--assigned", is_flag=True, hidden=True, expose_value=False),
         option("--no-activity", is_flag=True, hidden=True, expose_value=False))  # fmt: skip
async def stats(at: At) -> Answer:
    """Count the beads by where they stand."""
    found = await everything(at)
    by_status = Counter(status_of(bead) for bead in found)
    free = await beads.ready(at.tx, at.project.id, now(), len(found) + 1, actor=at.actor)
    epics = [bead.id for bead in found if bead.type == EPIC and bead.status != "done"]
    under = await progress(at.tx, epics, at.actor)
    hours = [(bead.closed_at - bead.created_at).total_seconds() / 3600 for bead in found if bead.closed_at]
    summary = {
        "total_issues": len(found), "open_issues": by_status["open"], "in_progress_issues": by_status["in_progress"],
        "closed_issues": by_status["closed"], "blocked_issues": sum(bead.is_blocked for bead in found),
        "deferred_issues": by_status["deferred"], "ready_issues": len(free),
        "pinned_issues": sum(bead.pinned for bead in found),
        "epics_eligible_for_closure": sum(0 < one["total"] == one["done"] for one in under.values()),
        "average_lead_time_hours": fmean(hours) if hours else 0.0,
    }  # fmt: skip
    rows = (f"{name.replace('_', ' ')}: {value}" for name, value in summary.items())
    return Answer({"summary": summary}, "\n".join(rows))


@command(
    "init", option("-p", "--prefix", default="", help="What ids begin with. Default: the folder's name."),
    *(option(name, is_flag=True, hidden=True, expose_value=False)
      for name in ("--force", "--non-interactive", "--skip-agents", "--skip-hooks", "--stealth")),
    option("--backend", hidden=True, expose_value=False), writes=True,
)  # fmt: skip
async def init(at: At, *, prefix: str) -> Answer:
    """Make a project of the repository one stands in; where it is one already, nothing."""
    if at.found is not None and (not prefix or at.found.bead_prefix == prefix):
        return _made(at.found.id, at.found.bead_prefix, f"This is project {at.found.id} of Loom already.")
    top = git(Path.cwd(), "rev-parse", "--show-toplevel")
    if not top:
        raise Invalid(f"{Path.cwd()} is in no git repository; `git init` makes one.", code="no_repository")
    branch = git(Path.cwd(), "symbolic-ref", "--short", "HEAD") or "main"
    name = Path(top).name
    try:
        draft = ProjectDraft(name=name, git_repo=top, branch=branch, bead_prefix=prefix or name)
    except ValidationError as error:
        raise Invalid(f"{prefix or name!r} cannot begin ids; pass --prefix with letters and digits.") from error
    made = await projects.create(at.tx, draft, settings=at.settings, actor=at.actor)
    return _made(made.id, made.bead_prefix, f"Project {made.id} was made of {top}.")


def _made(project_id: str, prefix: str, text: str) -> Answer:
    return Answer({"project": project_id, "prefix": prefix, "message": text}, f"{text} Ids begin with {prefix}-.")
