"""Pull requests at work: made where work waits for review, followed, merged once approved, each by itself."""

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.pullrequests import due
from workers.watching import Watch

LOOK_SECONDS = 5.0
MOST_AT_ONCE = 4
OF_RUNS = ("decision.resolved", "run.ended", "pull_request.asked")
OF_PROJECTS = (
    "project.updated", "project.github_token_set", "project.github_token_dropped", "project.git_login_set",
    "project.git_login_dropped", "external.github_pr", "external.github_pr_update", "external.check_suite",
    "external.github_comment",
)  # fmt: skip


class PullRequests:
    """Follows all live pull requests until it is cancelled. What fails is tried again by its own clock."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._runs, self._projects = set[str](), set[str]()
        self._watch = Watch(
            "pull requests", self._due, self._attend, seconds=LOOK_SECONDS, most_at_once=MOST_AT_ONCE, at_once=True
        )

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of runs that ended or were judged, and of projects that GitHub tells of or that reach it anew."""
        for event in batch:
            if event.type in OF_RUNS and event.data.get("run_id"):
                self._runs.add(str(event.data["run_id"]))
            elif event.type in OF_PROJECTS and event.project_id and _matters(event):
                self._projects.add(event.project_id)
        if self._runs or self._projects:
            self._watch.wake()

    async def follow(self) -> None:
        """Looks whenever it is woken, and by the clock."""
        await self._watch.follow()

    async def _due(self) -> list[str]:
        """Those whose time has come, with those that belong to what was heard of."""
        runs, projects = tuple(self._runs), tuple(self._projects)
        found = await due.found(self._db, self._settings, runs, projects)
        self._runs.difference_update(runs)
        self._projects.difference_update(projects)
        return list(found)

    async def _attend(self, pull_id: str) -> None:
        await due.attend(self._db, self._settings, pull_id)


def _matters(event: EventRecord) -> bool:
    """Whether a change of a project is one of how it comes to GitHub, and news from there are of pull requests."""
    if event.type == "external.github_comment":
        return bool(event.data.get("on_pull_request"))
    fields = event.data.get("fields")
    return not isinstance(fields, dict) or bool({"git_repo", "git_strategy", "merge_method"} & set(fields))
