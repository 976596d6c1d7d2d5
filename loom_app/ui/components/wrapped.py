"""The components written in JavaScript, as Reflex sees them; those of accounts are in `people`."""

from typing import Any

import reflex as rx

from loom_app.ui.components.beside import beside

DND = ["@atlaskit/pragmatic-drag-and-drop@4.0.0", "@atlaskit/pragmatic-drag-and-drop-auto-scroll@3.2.1"]
BEAD = [
    "diff@9.0.0",
    "downshift@9.5.0",
    "lowlight@3.3.0",
    "mdast-util-find-and-replace@3.0.4",
    "react-markdown@10.1.0",
    "remark-gfm@4.0.1",
    "sonner@2.0.8",
]
"""What the view of a bead is made of, on its page and in the panel."""
GRAPH = ["@dagrejs/dagre@3.1.3", "@xyflow/react@12.12.1"]
"""What arranges the work graph and what draws it."""


class Following(rx.NoSSRComponent):
    """One that shows what the log tells as it happens. `events` and `since` come from Live."""

    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]


class Board(Following):
    """The Kanban board. `events`, `told` and `since` come from Live; `me` is the name of whoever looks.

    `may_write` lets beads be changed, `may_limit` columns be limited.
    """

    library = beside("board.jsx")
    tag = "Board"
    lib_dependencies: list[str] = DND + BEAD
    told: rx.Var[list[dict[str, Any]]]
    may_write: rx.Var[bool]
    may_limit: rx.Var[bool]
    me: rx.Var[str]


class WorkGraph(Following):
    """Beads and the edges between them. `may_write` lets edges be made and removed."""

    library = beside("graph.jsx")
    tag = "WorkGraph"
    lib_dependencies: list[str] = [*GRAPH, *BEAD]
    may_write: rx.Var[bool]


class BeadView(Following):
    """One bead, named by the page's address, and its runs, turn by turn."""

    library = beside("bead_view.jsx")
    tag = "BeadView"
    may_write: rx.Var[bool]


class Changes(Following):
    """What the run in the page's address has changed. `may_write` lets lines be commented, `may_decide` decides."""

    library = beside("changes.jsx")
    tag = "Changes"
    may_write: rx.Var[bool]
    may_decide: rx.Var[bool]


class BeadFile(Following):
    """The bead file of the project that the page's address names."""

    library = beside("bead_file.jsx")
    tag = "BeadFile"
    may_write: rx.Var[bool]
    may_write_project: rx.Var[bool]


class ProjectViewer(Following):
    """The project that the page's address names. `me` is the name of whoever looks."""

    library = beside("project_view.jsx")
    tag = "ProjectView"
    me: rx.Var[str]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class BootstrapForm(rx.NoSSRComponent):
    """A project from a PRD, which is typed, pasted, chosen or dropped."""

    library = beside("bootstrap_form.jsx")
    tag = "BootstrapForm"
    may_write: rx.Var[bool]


class BootstrapSteps(Following):
    """How the project that the page's address names was begun, step by step, and its key."""

    library = beside("bootstrap_steps.jsx")
    tag = "BootstrapSteps"
    may_write: rx.Var[bool]


class Budgets(Following):
    """Budgets and prices. `may_write` lets those of projects be set, `is_admin` all, `may_price` prices."""

    library = beside("budgets.jsx")
    tag = "Budgets"
    may_write: rx.Var[bool]
    may_price: rx.Var[bool]
    is_admin: rx.Var[bool]


class Workflows(Following):
    """The durable workflows and their course."""

    library = beside("workflows.jsx")
    tag = "Workflows"


class Activity(Following):
    """The activity feed; what is asked of it is in the page's address."""

    library = beside("activity.jsx")
    tag = "Activity"


class Analytics(rx.NoSSRComponent):
    """What calls to models come to; the span and all that is asked for is in the page's address."""

    library = beside("analytics.jsx")
    tag = "Analytics"
    lib_dependencies: list[str] = ["plotly.js-basic-dist-min@4.1.1"]


class Logs(rx.NoSSRComponent):
    """The logs, followed by a stream of their own; what is asked of them is in the page's address."""

    library = beside("logs.jsx")
    tag = "Logs"


class Motivations(Following):
    """What sets work going by itself. `may_write` lets those of projects be changed, `is_admin` all."""

    library = beside("motivations.jsx")
    tag = "Motivations"
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class TemporalLanguage(Following):
    """The <temporal> language. `may_write` lets blocks be tried and schedules be paused and ended."""

    library = beside("temporal.jsx")
    tag = "TemporalLanguage"
    may_write: rx.Var[bool]


class Backups(Following):
    """The copies of the database."""

    library = beside("backups.jsx")
    tag = "Backups"


class Webhooks(Following):
    """What GitHub tells and what others are told. `may_write` lets secrets be made, `is_admin` those for all."""

    library = beside("webhooks.jsx")
    tag = "Webhooks"
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class Search(rx.NoSSRComponent):
    """The search; what is asked is in the page's address."""

    library = beside("search.jsx")
    tag = "Search"


class Ask(rx.NoSSRComponent):
    """The prompt to Loom as a whole, with one's history."""

    library = beside("ask.jsx")
    tag = "Ask"
    lib_dependencies: list[str] = BEAD
    may_ask: rx.Var[bool]
    entered: rx.Var[bool]


class SearchKeys(rx.NoSSRComponent):
    """Leads to the search from every page by / and Ctrl K; shows nothing."""

    library = beside("search_keys.jsx")
    tag = "SearchKeys"


class Ago(rx.Component):
    """How long ago the moment `at` (RFC 3339) was; `never` is said for an empty one."""

    library = beside("ago.jsx")
    tag = "Ago"
    at: rx.Var[str]
    never: rx.Var[str]


class Dialog(rx.Component):
    """A modal dialog around its children while `open`."""

    library = beside("dialog.jsx")
    tag = "Dialog"
    open: rx.Var[bool]
    title: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class NavLink(rx.Component):
    """A link of the navigation that knows whether its page is open."""

    library = beside("frame.jsx")
    tag = "NavLink"
    to: rx.Var[str]


class SignOut(rx.Component):
    """Ends the session of this browser."""

    library = beside("frame.jsx")
    tag = "SignOut"


class Decisions(Following):
    """The inbox of decisions. `may_write` lets them be answered, `may_write_project` limits be set for agents."""

    library = beside("decisions.jsx")
    tag = "Decisions"
    may_write: rx.Var[bool]
    may_write_project: rx.Var[bool]


class Agents(Following):
    """The teams and what each agent is at. `may_write` lets them be made and changed."""

    library = beside("agents.jsx")
    tag = "Agents"
    may_write: rx.Var[bool]


class AgentView(Following):
    """The agent that the page's address names. `may_write` lets it be changed."""

    library = beside("agent_view.jsx")
    tag = "AgentView"
    may_write: rx.Var[bool]


class OrgCharts(Following):
    """Org charts and templates. `may_write` lets charts be changed, `may_move` agents be moved."""

    library = beside("org_charts.jsx")
    tag = "OrgCharts"
    may_write: rx.Var[bool]
    may_move: rx.Var[bool]


class Personas(Following):
    """The personas, one of them beside the list. `may_write` lets them be written."""

    library = beside("personas.jsx")
    tag = "Personas"
    may_write: rx.Var[bool]


class Inbox(Following):
    """What one was told. `may_answer` lets decisions be answered there."""

    library = beside("inbox.jsx")
    tag = "Inbox"
    may_answer: rx.Var[bool]


class Bell(Following):
    """How much is new, on every page, and the newest few."""

    library = beside("bell.jsx")
    tag = "Bell"
    lib_dependencies: list[str] = ["sonner@2.0.8"]


class InboxFirst(rx.Component):
    """The place of the inbox of decisions until it is there; its first rows are asked for when this is loaded."""

    library = beside("decision_first.jsx")
    tag = "InboxFirst"


class Providers(Following):
    """The providers with their evidence and models. `on_add` and `on_edit` open the form."""

    library = beside("providers.jsx")
    tag = "Providers"
    may_write: rx.Var[bool]
    may_delete: rx.Var[bool]
    on_add: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which
    on_edit: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg,valid-type]  # so


class Every(rx.Component):
    """Calls `on_tick` every so many seconds while the page is looked at."""

    library = beside("every.jsx")
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class Faults(rx.NoSSRComponent):
    """Files what nobody caught in the pages as bugs, for who `may_report` them."""

    library = beside("faults.jsx")
    tag = "Faults"
    may_report: rx.Var[bool]


class Go(rx.Component):
    """A link to another page of ours, opened without loading everything again."""

    library = beside("frame.jsx")
    tag = "Go"
    to: rx.Var[str]
