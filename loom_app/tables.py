"""Every table, so that migrations see them all."""

from loom_app.activity import models as activity
from loom_app.agents import models as agents
from loom_app.analytics import models as analytics
from loom_app.auth import models as auth
from loom_app.beadfiles import models as beadfiles
from loom_app.beads import models as beads
from loom_app.board import models as board
from loom_app.bootstrap import models as bootstrap
from loom_app.commands import models as commands
from loom_app.decisions import models as decisions
from loom_app.deliveries import models as deliveries
from loom_app.dispatch import models as dispatch
from loom_app.events import models as events
from loom_app.filelocks import models as filelocks
from loom_app.gitaccess import models as gitaccess
from loom_app.kernel import keyring
from loom_app.ledger import models as ledger
from loom_app.lessons import models as lessons
from loom_app.logs import models as logs
from loom_app.messages import models as messages
from loom_app.milestones import models as milestones
from loom_app.motivations import models as motivations
from loom_app.notifications import models as notifications
from loom_app.orgchart import models as orgchart
from loom_app.outgoing import models as outgoing
from loom_app.personas import models as personas
from loom_app.projects import models as projects
from loom_app.providers import callrows
from loom_app.providers import models as providers
from loom_app.pullrequests import models as pullrequests
from loom_app.readiness import models as readiness
from loom_app.repl import models as repl
from loom_app.reports import models as reports
from loom_app.reviews import models as reviews
from loom_app.runs import models as runs
from loom_app.source import models as source
from loom_app.temporal_language import models as temporal_language
from loom_app.webhooks import models as webhooks

__all__ = [
    "activity",
    "agents",
    "analytics",
    "auth",
    "beadfiles",
    "beads",
    "board",
    "bootstrap",
    "callrows",
    "commands",
    "decisions",
    "deliveries",
    "dispatch",
    "events",
    "filelocks",
    "gitaccess",
    "keyring",
    "ledger",
    "lessons",
    "logs",
    "messages",
    "milestones",
    "motivations",
    "notifications",
    "orgchart",
    "outgoing",
    "personas",
    "projects",
    "providers",
    "pullrequests",
    "readiness",
    "repl",
    "reports",
    "reviews",
    "runs",
    "source",
    "temporal_language",
    "webhooks",
]
