"""The pages, one module each, since the browser loads code by module."""

from typing import Any

import reflex as rx

from loom_app.ui.live import Live
from loom_app.ui.provider_desk import ProviderDesk
from loom_app.ui.shell_state import Shell


def register(app: rx.App) -> None:  # noqa: PLR0915 - a line for each page
    """Adds every page to `app`."""
    from loom_app.ui.pages.account import page as account
    from loom_app.ui.pages.activity import page as activity
    from loom_app.ui.pages.agents import page as agents
    from loom_app.ui.pages.analytics import page as analytics
    from loom_app.ui.pages.audit import page as audit
    from loom_app.ui.pages.bead import page as bead
    from loom_app.ui.pages.bead_file import page as bead_file
    from loom_app.ui.pages.board import page as board
    from loom_app.ui.pages.bootstrap import page as bootstrap
    from loom_app.ui.pages.budgets import page as budgets
    from loom_app.ui.pages.changes import page as changes
    from loom_app.ui.pages.decisions import page as decisions
    from loom_app.ui.pages.graph import page as graph
    from loom_app.ui.pages.home import page as home
    from loom_app.ui.pages.login import page as login
    from loom_app.ui.pages.logs import page as logs
    from loom_app.ui.pages.org_chart import page as org_chart
    from loom_app.ui.pages.personas import page as personas
    from loom_app.ui.pages.project import page as project
    from loom_app.ui.pages.projects import page as projects
    from loom_app.ui.pages.providers import page as providers
    from loom_app.ui.pages.repl import page as repl
    from loom_app.ui.pages.search import page as search
    from loom_app.ui.pages.system import page as system
    from loom_app.ui.pages.users import one as user
    from loom_app.ui.pages.users import page as users
    from loom_app.ui.pages.webhooks import page as webhooks
    from loom_app.ui.pages.workflows import page as workflows

    app.add_page(login.sign_in, route="/login", title="Sign in · Loom")
    app.add_page(login.set_up, route="/setup", title="Set up · Loom")
    app.add_page(login.reset, route="/reset", title="Choose a password · Loom")
    _add(app, home.page, "/", "Loom", ProviderDesk.close, home.HomeState.load)
    _add(app, board.page, "/board", "Board · Loom", board.BoardState.close, board.BoardState.load)
    _add(app, graph.page, "/graph", "Graph · Loom")
    _add(app, bead.page, "/beads/[bead_id]", "Bead · Loom")
    _add(app, project.page, "/projects/[project_id]", "Project · Loom")
    _add(app, changes.page, "/runs/[run_id]/diff", "Change · Loom")
    _add(app, bead_file.page, "/projects/[project_id]/bead-file", "Bead file · Loom")
    _add(app, bootstrap.new, "/projects/new", "New project from a PRD · Loom")
    _add(app, bootstrap.steps, "/projects/[project_id]/bootstrap", "From PRD to project · Loom")
    _add(app, activity.page, "/activity", "Activity · Loom")
    _add(app, logs.page, "/logs", "Logs · Loom")
    _add(app, repl.page, "/repl", "Ask · Loom")
    _add(app, search.page, "/search", "Search · Loom")
    _add(app, projects.page, "/projects", "Projects · Loom", projects.ProjectsState.close, projects.ProjectsState.load)
    _add(app, agents.page, "/agents", "Agents · Loom")
    _add(app, agents.one, "/agents/[agent_id]", "Agent · Loom")
    _add(app, org_chart.page, "/org-chart", "Org chart · Loom")
    _add(app, personas.page, "/personas", "Personas · Loom")
    _add(app, providers.page, "/providers", "Providers · Loom", ProviderDesk.close)
    _add(app, decisions.page, "/decisions", "Decisions · Loom")
    _add(app, analytics.page, "/analytics", "Analytics · Loom")
    _add(app, budgets.page, "/budgets", "Budgets · Loom")
    _add(app, workflows.page, "/workflows", "Workflows · Loom")
    _add(app, webhooks.page, "/webhooks", "Webhooks · Loom")
    _add(app, system.page, "/system", "System · Loom", ProviderDesk.close, system.SystemState.load)
    _add(app, account.page, "/account", "My account · Loom", account.AccountState.load)
    _add(app, audit.page, "/audit", "Audit · Loom", audit.AuditState.load)
    _add(app, users.page, "/users", "Users · Loom", users.UsersState.load)
    _add(app, user.page, "/users/[user_id]", "User · Loom", user.UserState.load)
    _automation(app)
    _telling(app)
    _upkeep(app)


def _telling(app: rx.App) -> None:
    """What people are told, and how."""
    from loom_app.ui.pages.inbox import page as inbox
    from loom_app.ui.pages.notifications import page as notifications

    _add(app, inbox.page, "/inbox", "Inbox · Loom")
    _add(app, notifications.page, "/account/notifications", "What I am told · Loom")


def _upkeep(app: rx.App) -> None:
    """What keeps an installation safe."""
    from loom_app.ui.pages.backups import page as backups

    _add(app, backups.page, "/backups", "Backups · Loom")


def _automation(app: rx.App) -> None:
    """What sets work going by itself."""
    from loom_app.ui.pages.motivations import page as motivations
    from loom_app.ui.pages.temporal import page as temporal

    _add(app, motivations.page, "/motivations", "Motivations · Loom")
    _add(app, temporal.page, "/temporal", "Schedules · Loom")


def _add(app: rx.App, page: Any, route: str, title: str, *loads: Any) -> None:
    app.add_page(page, route=route, title=title, on_load=[Shell.enter, *loads, Live.watch])
