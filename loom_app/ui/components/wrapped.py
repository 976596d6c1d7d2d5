"""The components written in JavaScript, as Reflex sees them."""

import os
from typing import Any

import reflex as rx

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


def _beside(name: str) -> str:
    """What pages import a script beside this module as. Who only serves is spared Reflex's slow search for it."""
    if os.environ.get("REFLEX_BACKEND_ONLY"):
        return f"$/public/external/{__name__.replace('.', '/')}/{name}"
    return rx.asset(name, shared=True, _stack_level=2).importable_path


SHARED = [
    _beside(name)
    for name in (
        "address.js",
        "agent_forms.jsx",
        "agent_words.jsx",
        "ago.jsx",
        "ask.css",
        "ask_answer.jsx",
        "ask_stream.js",
        "bead_actions.jsx",
        "bead_body.jsx",
        "bead_cost.jsx",
        "bead_data.js",
        "bead_dispatch.jsx",
        "bead_fields.jsx",
        "bead_file_conflicts.jsx",
        "bead_file_import.jsx",
        "bead_gone.jsx",
        "bead_history.jsx",
        "bead_links.jsx",
        "bead_messages.jsx",
        "bead_metadata.jsx",
        "bead_panel.jsx",
        "bead_reviews.jsx",
        "bead_runs.jsx",
        "bead_status.jsx",
        "bead_texts.jsx",
        "board_address.js",
        "board_bar.jsx",
        "board_beads.js",
        "board_card.jsx",
        "board_changing.js",
        "board_columns.jsx",
        "board_cursor.js",
        "board_drag.js",
        "board_filters.jsx",
        "board_glance.jsx",
        "board_help.jsx",
        "board_keys.js",
        "board_layout.js",
        "board_limit.jsx",
        "board_new.jsx",
        "board_notice.jsx",
        "board_search.js",
        "board_touch.js",
        "board_views.jsx",
        "board_window.js",
        "budget_form.jsx",
        "budget_list.jsx",
        "changes.css",
        "changes_file.jsx",
        "changes_verdict.jsx",
        "closing.jsx",
        "comments.jsx",
        "decision_actions.jsx",
        "decision_answer.jsx",
        "decision_batch.jsx",
        "decision_context.jsx",
        "decision_data.js",
        "decision_detail.jsx",
        "decision_first.jsx",
        "decision_links.jsx",
        "decision_list.jsx",
        "decision_new.jsx",
        "decision_rules.jsx",
        "decision_words.jsx",
        "decisions.css",
        "diff.jsx",
        "drafts.js",
        "fresh.js",
        "git_access.jsx",
        "git_hosts.jsx",
        "git_key.jsx",
        "git_login.jsx",
        "git_rules.jsx",
        "command_rules.jsx",
        "network_hosts.jsx",
        "graph.css",
        "graph_canvas.jsx",
        "graph_edges.js",
        "graph_facts.js",
        "graph_layout.js",
        "graph_list.jsx",
        "graph_places.js",
        "inplace.jsx",
        "markdown.jsx",
        "members.jsx",
        "model_prices.jsx",
        "money.js",
        "motivation_detail.jsx",
        "motivation_form.jsx",
        "motivation_history.jsx",
        "motivation_idle.jsx",
        "motivation_list.jsx",
        "motivation_trigger.jsx",
        "motivation_words.jsx",
        "motivations.css",
        "org_chart.jsx",
        "org_chart_editor.jsx",
        "org_chart_templates.jsx",
        "pair.jsx",
        "pair_stream.js",
        "pair_talk.js",
        "parts.jsx",
        "persona.jsx",
        "persona_editor.jsx",
        "persona_new.jsx",
        "persona_revisions.jsx",
        "picker.jsx",
        "project_branches.jsx",
        "project_change.jsx",
        "project_commits.jsx",
        "project_files.jsx",
        "project_git.jsx",
        "project_lessons.jsx",
        "project_milestones.jsx",
        "project_overview.jsx",
        "project_github.jsx",
        "project_patch.jsx",
        "project_settings.jsx",
        "pull_request.jsx",
        "project_spend.jsx",
        "project_talk.jsx",
        "project_team.jsx",
        "provider_card.jsx",
        "provider_models.jsx",
        "providers.css",
        "rest.js",
        "run_replay.jsx",
        "run_steering.jsx",
        "run_turn.jsx",
        "search.css",
        "status_chip.jsx",
        "syntax.css",
        "syntax.jsx",
        "tabs.jsx",
        "team.css",
        "undo.js",
        "units.js",
        "webhooks_received.jsx",
        "webhooks_sent.jsx",
        "webhooks_setup.jsx",
        "workflow_course.jsx",
        "workflow_row.jsx",
        "workflow_words.js",
        "workflows.css",
        "writing.jsx",
    )
]
"""What the components import from beside them."""


class Board(rx.NoSSRComponent):
    """The Kanban board. `events`, `told` and `since` come from Live; `me` is the name of whoever looks.

    `may_write` lets beads be changed, `may_limit` columns be limited.
    """

    library = _beside("board.jsx")
    tag = "Board"
    lib_dependencies: list[str] = DND + BEAD
    events: rx.Var[list[dict[str, Any]]]
    told: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_limit: rx.Var[bool]
    me: rx.Var[str]


class WorkGraph(rx.NoSSRComponent):
    """Beads and the edges between them. `may_write` lets edges be made and removed."""

    library = _beside("graph.jsx")
    tag = "WorkGraph"
    lib_dependencies: list[str] = [*GRAPH, *BEAD]
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class BeadView(rx.NoSSRComponent):
    """One bead, named by the page's address, and its runs, turn by turn."""

    library = _beside("bead_view.jsx")
    tag = "BeadView"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class Changes(rx.NoSSRComponent):
    """What the run in the page's address has changed. `may_write` lets lines be commented, `may_decide` decides."""

    library = _beside("changes.jsx")
    tag = "Changes"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_decide: rx.Var[bool]


class BeadFile(rx.NoSSRComponent):
    """The bead file of the project that the page's address names."""

    library = _beside("bead_file.jsx")
    tag = "BeadFile"
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_write_project: rx.Var[bool]


class ProjectViewer(rx.NoSSRComponent):
    """The project that the page's address names. `me` is the name of whoever looks."""

    library = _beside("project_view.jsx")
    tag = "ProjectView"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    me: rx.Var[str]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class BootstrapForm(rx.NoSSRComponent):
    """A project from a PRD, which is typed, pasted, chosen or dropped."""

    library = _beside("bootstrap_form.jsx")
    tag = "BootstrapForm"
    may_write: rx.Var[bool]


class BootstrapSteps(rx.NoSSRComponent):
    """How the project that the page's address names was begun, step by step, and its key."""

    library = _beside("bootstrap_steps.jsx")
    tag = "BootstrapSteps"
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class Budgets(rx.NoSSRComponent):
    """Budgets and prices. `may_write` lets those of projects be set, `is_admin` all, `may_price` prices."""

    library = _beside("budgets.jsx")
    tag = "Budgets"
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_price: rx.Var[bool]
    is_admin: rx.Var[bool]


class Workflows(rx.NoSSRComponent):
    """The durable workflows and their course."""

    library = _beside("workflows.jsx")
    tag = "Workflows"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]


class Motivations(rx.NoSSRComponent):
    """What sets work going by itself. `may_write` lets those of projects be changed, `is_admin` all."""

    library = _beside("motivations.jsx")
    tag = "Motivations"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class Webhooks(rx.NoSSRComponent):
    """What GitHub tells and what others are told. `may_write` lets secrets be made, `is_admin` those for all."""

    library = _beside("webhooks.jsx")
    tag = "Webhooks"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class Search(rx.NoSSRComponent):
    """The search; what is asked is in the page's address."""

    library = _beside("search.jsx")
    tag = "Search"


class Ask(rx.NoSSRComponent):
    """The prompt to Loom as a whole, with one's history."""

    library = _beside("ask.jsx")
    tag = "Ask"
    lib_dependencies: list[str] = BEAD
    may_ask: rx.Var[bool]
    entered: rx.Var[bool]


class SearchKeys(rx.NoSSRComponent):
    """Leads to the search from every page by / and Ctrl K; shows nothing."""

    library = _beside("search_keys.jsx")
    tag = "SearchKeys"


class Ago(rx.Component):
    """How long ago the moment `at` (RFC 3339) was; `never` is said for an empty one."""

    library = _beside("ago.jsx")
    tag = "Ago"
    at: rx.Var[str]
    never: rx.Var[str]


class Dialog(rx.Component):
    """A modal dialog around its children while `open`."""

    library = _beside("dialog.jsx")
    tag = "Dialog"
    open: rx.Var[bool]
    title: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class SignIn(rx.NoSSRComponent):
    """Name and password, then on to the page that was asked for."""

    library = _beside("auth_form.jsx")
    tag = "SignIn"


class SetUp(rx.NoSSRComponent):
    """The first account, for whoever holds the set-up link."""

    library = _beside("auth_form.jsx")
    tag = "SetUp"


class ResetPassword(rx.NoSSRComponent):
    """A new password, for whoever holds a one-time link."""

    library = _beside("auth_form.jsx")
    tag = "ResetPassword"


class ChangePassword(rx.NoSSRComponent):
    """One's own password."""

    library = _beside("account.jsx")
    tag = "ChangePassword"


class SecondFactor(rx.NoSSRComponent):
    """One's own second factor and its recovery codes."""

    library = _beside("account.jsx")
    tag = "SecondFactor"


class ApiKeys(rx.NoSSRComponent):
    """The API keys of the user `user_id`, called `whose`; both are empty for one's own. `grantable` are permissions."""

    library = _beside("api_keys.jsx")
    tag = "ApiKeys"
    user_id: rx.Var[str]
    whose: rx.Var[str]
    grantable: rx.Var[list[str]]


class NewUser(rx.NoSSRComponent):
    """The button and dialog that make a user. `roles` are the roles with what each may do."""

    library = _beside("users.jsx")
    tag = "NewUser"
    roles: rx.Var[dict[str, str]]


class UserActions(rx.NoSSRComponent):
    """What an administrator does to `user`; `full` adds what is rarely done."""

    library = _beside("users.jsx")
    tag = "UserActions"
    user: rx.Var[Any]
    roles: rx.Var[dict[str, str]]
    is_self: rx.Var[bool]
    full: rx.Var[bool]


class Members(rx.NoSSRComponent):
    """The button and dialog of who sees a project. `me` is the name of whoever looks."""

    library = _beside("members.jsx")
    tag = "Members"
    project_id: rx.Var[str]
    project: rx.Var[str]
    me: rx.Var[str]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class Verify(rx.NoSSRComponent):
    """The button that has the audit log checked, and the dialog that says what was found."""

    library = _beside("audit.jsx")
    tag = "Verify"


class Export(rx.Component):
    """A link that takes along, as a file of that `format`, what `query` asks of the audit log."""

    library = _beside("audit.jsx")
    tag = "Export"
    format: rx.Var[str]
    query: rx.Var[str]


class NavLink(rx.Component):
    """A link of the navigation that knows whether its page is open."""

    library = _beside("frame.jsx")
    tag = "NavLink"
    to: rx.Var[str]


class SignOut(rx.Component):
    """Ends the session of this browser."""

    library = _beside("frame.jsx")
    tag = "SignOut"


class Decisions(rx.NoSSRComponent):
    """The inbox of decisions. `may_write` lets them be answered, `may_write_project` limits be set for agents."""

    library = _beside("decisions.jsx")
    tag = "Decisions"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_write_project: rx.Var[bool]


class Agents(rx.NoSSRComponent):
    """The teams and what each agent is at. `may_write` lets them be made and changed."""

    library = _beside("agents.jsx")
    tag = "Agents"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class AgentView(rx.NoSSRComponent):
    """The agent that the page's address names. `may_write` lets it be changed."""

    library = _beside("agent_view.jsx")
    tag = "AgentView"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class OrgCharts(rx.NoSSRComponent):
    """Org charts and templates. `may_write` lets charts be changed, `may_move` agents be moved."""

    library = _beside("org_charts.jsx")
    tag = "OrgCharts"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_move: rx.Var[bool]


class Personas(rx.NoSSRComponent):
    """The personas, one of them beside the list. `may_write` lets them be written."""

    library = _beside("personas.jsx")
    tag = "Personas"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]


class InboxFirst(rx.Component):
    """The place of the inbox until it is there; its first rows are asked for when this is loaded."""

    library = _beside("decision_first.jsx")
    tag = "InboxFirst"


class Providers(rx.NoSSRComponent):
    """The providers with their evidence and models. `on_add` and `on_edit` open the form."""

    library = _beside("providers.jsx")
    tag = "Providers"
    lib_dependencies: list[str] = BEAD
    events: rx.Var[list[dict[str, Any]]]
    since: rx.Var[int]
    may_write: rx.Var[bool]
    may_delete: rx.Var[bool]
    on_add: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which
    on_edit: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg,valid-type]  # so


class Every(rx.Component):
    """Calls `on_tick` every so many seconds while the page is looked at."""

    library = _beside("every.jsx")
    tag = "Every"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg,valid-type]  # Reflex's way to say which


class Faults(rx.NoSSRComponent):
    """Files what nobody caught in the pages as bugs, for who `may_report` them."""

    library = _beside("faults.jsx")
    tag = "Faults"
    may_report: rx.Var[bool]


class Go(rx.Component):
    """A link to another page of ours, opened without loading everything again."""

    library = _beside("frame.jsx")
    tag = "Go"
    to: rx.Var[str]
