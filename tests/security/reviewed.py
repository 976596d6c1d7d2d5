"""The reviewed table: every route and every page event, and who may use it.

A route or event that is not here fails the build, and so does one whose declaration differs from what is here: who
adds or changes one says so in this file, where the next reader sees it.

A gate is a permission, PUBLIC, PERSONAL (one's own things; sessions only) or PERSONAL_KEY (API keys as well).
`body` is one that is valid for the project whose names are put into it; `{bead_id}` and the like are replaced.
"""

from dataclasses import dataclass
from typing import Any

PUBLIC, PERSONAL, PERSONAL_KEY = "public", "personal", "personal, keys too"


@dataclass(frozen=True)
class Row:
    """One route: its gate, and what a request needs that gets past the checking of its form."""

    gate: str
    body: Any = None
    query: str = ""


PASSWORD = "a stranger to every list 9"
LINES = '{"id": "garden-9", "title": "Sow peas", "status": "open", "priority": 2, "issue_type": "task"}\n'

PATCH = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

ROUTES: dict[str, Row] = {
    "GET /api/v1/health": Row(PUBLIC),
    "HEAD /api/v1/health": Row(PUBLIC),
    "GET /health/live": Row(PUBLIC),
    "HEAD /health/live": Row(PUBLIC),
    "GET /health/ready": Row(PUBLIC),
    "HEAD /health/ready": Row(PUBLIC),
    "GET /api/docs": Row(PUBLIC),
    "GET /api/docs/swagger-ui-bundle.js": Row(PUBLIC),
    "GET /api/docs/swagger-ui.css": Row(PUBLIC),
    # accounts and sessions
    "POST /api/v1/auth/login": Row(PUBLIC, {"username": "user", "password": PASSWORD}),
    "POST /api/v1/auth/refresh": Row(PUBLIC, {"token": "no-token"}),
    "POST /api/v1/auth/logout": Row(PUBLIC),
    "GET /api/v1/auth/setup": Row(PUBLIC),
    "POST /api/v1/auth/setup": Row(PUBLIC, {"token": "no-token", "username": "x", "password": PASSWORD}),
    "GET /api/v1/auth/me": Row(PERSONAL_KEY),
    "POST /api/v1/auth/change-password": Row(PERSONAL, {"current_password": "x", "new_password": PASSWORD}),
    "GET /api/v1/auth/users": Row("system:admin"),
    "POST /api/v1/auth/users": Row("system:admin", {"username": "new", "password": PASSWORD}),
    "GET /api/v1/auth/users/{user_id}": Row("system:admin"),
    "PATCH /api/v1/auth/users/{user_id}": Row("system:admin", {"email": "new@example.invalid"}),
    "DELETE /api/v1/auth/users/{user_id}": Row("system:admin"),
    "POST /api/v1/auth/users/{user_id}/reset": Row("system:admin"),
    "POST /api/v1/auth/reset": Row(PUBLIC, {"token": "no-token", "new_password": PASSWORD}),
    "POST /api/v1/auth/totp/setup": Row(PERSONAL, {"current_password": "x"}),
    "POST /api/v1/auth/totp/confirm": Row(PERSONAL, {"code": "000000"}),
    "POST /api/v1/auth/totp/recovery-codes": Row(PERSONAL, {"current_password": "x"}),
    "DELETE /api/v1/auth/totp": Row(PERSONAL, {"current_password": "x"}),
    "GET /api/v1/auth/api-keys": Row(PERSONAL),
    "POST /api/v1/auth/api-keys": Row(PERSONAL, {"name": "x", "permissions": ["beads:read"]}),
    "DELETE /api/v1/auth/api-keys/{key_id}": Row(PERSONAL),
    # projects
    "GET /api/v1/projects": Row("projects:read"),
    "POST /api/v1/projects": Row("projects:write", {"name": "Orchard"}),
    "GET /api/v1/projects/{project_id}": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}": Row("projects:write", {"name": "Renamed"}),
    "PATCH /api/v1/projects/{project_id}": Row("projects:write", {"wip_limits": {"blocked": 9}}),
    "DELETE /api/v1/projects/{project_id}": Row("projects:delete"),
    "GET /api/v1/projects/{project_id}/members": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}/members/{username}": Row("projects:write", {"role": "member"}),
    "DELETE /api/v1/projects/{project_id}/members/{username}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/git-key": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/git-key": Row("projects:write"),
    "POST /api/v1/projects/{project_id}/git-key/rotate": Row("projects:write"),
    "DELETE /api/v1/projects/{project_id}/git-keys/{git_key_id}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/git-login": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}/git-login": Row("projects:write", {"secret": "t"}),
    "DELETE /api/v1/projects/{project_id}/git-login": Row("projects:write"),
    "PUT /api/v1/projects/{project_id}/git-login/machine": Row("system:admin"),
    "GET /api/v1/projects/{project_id}/github": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}/github-token": Row("projects:write", {"token": "t"}),
    "DELETE /api/v1/projects/{project_id}/github-token": Row("projects:write"),
    "POST /api/v1/projects/{project_id}/github-check": Row("projects:write"),
    "GET /api/v1/beads/{bead_id}/reviews": Row("beads:read"),
    "GET /api/v1/messages": Row("beads:read"),
    "GET /api/v1/messages/{message_id}": Row("beads:read"),
    "GET /api/v1/pull-requests": Row("beads:read"),
    "GET /api/v1/pull-requests/{pull_request_id}": Row("beads:read"),
    "POST /api/v1/pull-requests/{pull_request_id}/look": Row("beads:write"),
    "GET /api/v1/projects/{project_id}/known-hosts": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}/known-hosts": Row("projects:write", {"host": "a.example", "key": HOST_KEY}),
    "DELETE /api/v1/projects/{project_id}/known-hosts": Row("projects:write", query="host=b.example"),
    "GET /api/v1/projects/{project_id}/allowed-findings": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/allowed-findings": Row("projects:write", {"fingerprint": "0123456789abcdef"}),
    "DELETE /api/v1/projects/{project_id}/allowed-findings/{fingerprint}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/command-rules": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/command-rules": Row("projects:write", {"pattern": "npm ci", "allowed": True}),
    "DELETE /api/v1/projects/{project_id}/command-rules/{rule_id}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/readiness": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/readiness": Row("projects:write"),
    "POST /api/v1/projects/{project_id}/git-check": Row("projects:write"),
    "POST /api/v1/projects/bootstrap": Row(
        "projects:write", {"name": "Nursery", "prd_text": "# Nursery\n\n- Sow"}, query="wait=0"
    ),
    "GET /api/v1/projects/{project_id}/bootstrap": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/bootstrap/retry": Row("projects:write"),
    "POST /api/v1/projects/{project_id}/bootstrap/cancel": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/comments": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/comments": Row("projects:write", {"comment": "Good soil."}),
    "GET /api/v1/projects/{project_id}/state": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/close": Row("projects:write", {"comment": "Enough."}),
    "POST /api/v1/projects/{project_id}/reopen": Row("projects:write", {"comment": "More."}),
    "POST /api/v1/projects/{project_id}/agents": Row(
        "projects:write", {"agent_id": "{agent_id}", "action": "unassign"}
    ),
    "GET /api/v1/projects/{project_id}/files/tree": Row("projects:read"),
    "GET /api/v1/projects/{project_id}/files/read": Row("projects:read", query="path=beds.md"),
    "GET /api/v1/projects/{project_id}/files/search": Row("projects:read", query="query=peas"),
    "POST /api/v1/projects/{project_id}/files/patch": Row("projects:write", {"patch": PATCH}, query="wait=0"),
    "GET /api/v1/projects/{project_id}/files/patches": Row("projects:read"),
    "GET /api/v1/projects/{project_id}/files/patches/{patch_id}": Row("projects:read"),
    "GET /api/v1/projects/{project_id}/commits": Row("projects:read"),
    "GET /api/v1/projects/{project_id}/commits/{sha}": Row("projects:read"),
    "GET /api/v1/projects/{project_id}/branches": Row("projects:read"),
    "DELETE /api/v1/projects/{project_id}/branches/{branch}": Row("projects:write"),
    "POST /api/v1/projects/git/sync": Row("projects:write", query="project_id={project_id}"),
    "POST /api/v1/projects/git/commit": Row("projects:write", {"message": "Water"}, query="project_id={project_id}"),
    "POST /api/v1/projects/git/push": Row("projects:write", query="project_id={project_id}"),
    "GET /api/v1/projects/git/status": Row("projects:read", query="project_id={project_id}"),
    "GET /api/v1/projects/{project_id}/lessons": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/lessons": Row("projects:write", {"title": "Sow after the frost"}),
    "GET /api/v1/lessons/{lesson_id}": Row("projects:read"),
    "PATCH /api/v1/lessons/{lesson_id}": Row("projects:write", {"title": "Sow before the frost"}),
    "DELETE /api/v1/lessons/{lesson_id}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/milestones": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/milestones": Row("projects:write", {"name": "Harvest"}),
    "GET /api/v1/milestones/{milestone_id}": Row("projects:read"),
    "PATCH /api/v1/milestones/{milestone_id}": Row("projects:write", {"name": "Harvest"}),
    "DELETE /api/v1/milestones/{milestone_id}": Row("projects:write"),
    "GET /api/v1/org-charts/{project_id}": Row("projects:read"),
    "PUT /api/v1/org-charts/{project_id}": Row("projects:write", {"name": "Gardeners"}),
    "POST /api/v1/org-charts/{project_id}/apply": Row("projects:write", {"template_id": "standard"}),
    "GET /api/v1/org-chart-templates": Row("agents:read"),
    "POST /api/v1/org-chart-templates": Row("agents:write", {"name": "Lean", "positions": [{"role_name": "ceo"}]}),
    "GET /api/v1/org-chart-templates/{template_id}": Row("agents:read"),
    "PUT /api/v1/org-chart-templates/{template_id}": Row("agents:admin", {"is_default": True}),
    "DELETE /api/v1/org-chart-templates/{template_id}": Row("agents:admin"),
    # beads
    "GET /api/v1/beads": Row("beads:read"),
    "GET /api/v1/search": Row("beads:read", query="q=peas"),
    "GET /api/v1/search/ids": Row("beads:read", query="q=peas"),
    "POST /api/v1/beads": Row("beads:write", {"title": "Weed", "project_id": "{project_id}"}),
    "GET /api/v1/beads/{bead_id}": Row("beads:read"),
    "PATCH /api/v1/beads/{bead_id}": Row("beads:write", {"notes": "seen"}),
    "PATCH /api/v1/beads": Row("beads:write", {"ids": ["{bead_id}"], "change": {"notes": "seen"}}),
    "DELETE /api/v1/beads/{bead_id}": Row("beads:delete"),
    "GET /api/v1/beads/{bead_id}/history": Row("beads:read"),
    "POST /api/v1/beads/undo": Row("beads:write", {"change_id": "chg-{bead_id}"}),
    "GET /api/v1/beads/{bead_id}/dependencies": Row("beads:read"),
    "POST /api/v1/beads/{bead_id}/dependencies": Row(
        "beads:write", {"depends_on_id": "{depends_on_id}", "type": "related"}
    ),
    "PATCH /api/v1/beads/{bead_id}/dependencies/{depends_on_id}": Row("beads:write", {"type": "related"}),
    "DELETE /api/v1/beads/{bead_id}/dependencies/{depends_on_id}": Row("beads:write"),
    "POST /api/v1/beads/{bead_id}/redispatch": Row("beads:write", {"reason": "again"}),
    "POST /api/v1/beads/{bead_id}/escalate": Row("beads:write", {"reason": "Slugs"}),
    "GET /api/v1/beads/{bead_id}/dispatch": Row("beads:read"),
    "POST /api/v1/beads/{bead_id}/claim": Row("beads:write", {}),
    "GET /api/v1/beads/{bead_id}/conversation": Row("beads:read"),
    "GET /api/v1/beads/{bead_id}/pair": Row("beads:read", query="agent_id={agent_id}"),
    "POST /api/v1/pair": Row("repl:use", {"agent_id": "{agent_id}", "bead_id": "{bead_id}", "message": "Well?"}),
    "GET /api/v1/pair/{session_id}/stream": Row("beads:read"),
    "POST /api/v1/pair/{session_id}/stop": Row("repl:use"),
    "POST /api/v1/pair/{session_id}/finish": Row("beads:write", {"message": "Weeded."}),
    "GET /api/v1/conversations": Row("beads:read", query="project_id={project_id}"),
    "GET /api/v1/conversations/{session_id}": Row("beads:read"),
    "DELETE /api/v1/conversations/{session_id}": Row("beads:delete"),
    "POST /api/v1/conversations/{session_id}/reset": Row("beads:delete", {"keep_system_message": True}),
    "GET /api/v1/beads/{bead_id}/comments": Row("beads:read"),
    "POST /api/v1/beads/{bead_id}/comments": Row("beads:write", {"content": "Well done."}),
    "PATCH /api/v1/comments/{comment_id}": Row("beads:write", {"content": "Better."}),
    "DELETE /api/v1/comments/{comment_id}": Row("beads:write"),
    "POST /api/v1/beads/auto-file": Row("beads:write", {"title": "Wilted", "project_id": "{project_id}"}),
    "GET /api/v1/work-graph": Row("beads:read"),
    "POST /api/v1/projects/{project_id}/beads/import": Row("beads:write", LINES),
    "GET /api/v1/projects/{project_id}/beads/export": Row("beads:read"),
    "GET /api/v1/projects/{project_id}/beads/sync": Row("beads:read"),
    "POST /api/v1/projects/{project_id}/beads/sync": Row("beads:write"),
    "GET /api/v1/projects/{project_id}/beads/conflicts": Row("beads:read"),
    "POST /api/v1/projects/{project_id}/beads/conflicts/{conflict_id}/resolve": Row("beads:write", {"take": "theirs"}),
    # the board
    "GET /api/v1/board": Row("beads:read", query="project_id={project_id}"),
    "GET /api/v1/board/cards": Row("beads:read", query="ids={bead_id}"),
    "GET /api/v1/board/views": Row("beads:read"),
    "POST /api/v1/board/views": Row(PERSONAL_KEY, {"name": "Mine", "project_id": "{project_id}"}),
    "PATCH /api/v1/board/views/{view_id}": Row(PERSONAL_KEY, {"is_default": True}),
    "DELETE /api/v1/board/views/{view_id}": Row(PERSONAL_KEY),
    # agents
    "GET /api/v1/agents": Row("agents:read"),
    "POST /api/v1/agents": Row("agents:write", {"persona_name": "ceo", "project_id": "{project_id}"}),
    "GET /api/v1/agents/{agent_id}": Row("agents:read"),
    "PUT /api/v1/agents/{agent_id}": Row("agents:write", {"name": "Rosemary"}),
    "DELETE /api/v1/agents/{agent_id}": Row("agents:delete"),
    "POST /api/v1/agents/{agent_id}/pause": Row("agents:write"),
    "POST /api/v1/agents/{agent_id}/resume": Row("agents:write"),
    "POST /api/v1/agents/{agent_id}/retire": Row("agents:write", {"reason": "Autumn."}),
    "POST /api/v1/agents/{agent_id}/clone": Row("agents:write", {"new_agent_name": "Thyme", "replace": False}),
    "GET /api/v1/personas": Row("agents:read"),
    "POST /api/v1/personas": Row(
        "agents:write", {"name": "garden/sower", "description": "Sows.", "instructions": "Sow in rows."}
    ),
    "POST /api/v1/personas/preview": Row("agents:write", {"name": "garden/sower", "text": "---\n"}),
    "GET /api/v1/personas/{name}": Row("agents:read"),
    "PUT /api/v1/personas/{name}": Row("agents:write", {"description": "Decides what is sown."}),
    "GET /api/v1/personas/{name}/file": Row("agents:read"),
    "POST /api/v1/personas/{name}/clone": Row("agents:write", {"new_name": "garden/ceo"}),
    "GET /api/v1/personas/{name}/revisions": Row("agents:read"),
    "GET /api/v1/personas/{name}/revisions/{number}": Row("agents:read"),
    "POST /api/v1/personas/{name}/revisions/{number}/restore": Row("agents:write", {"note": "as it was"}),
    # budgets, the ledger, what beads cost
    "GET /api/v1/budgets": Row("projects:read"),
    "POST /api/v1/budgets": Row(
        "projects:write", {"scope": "project", "scope_id": "{project_id}", "window": "daily", "limit_micros": 5}
    ),
    "GET /api/v1/budgets/{budget_id}": Row("projects:read"),
    "PATCH /api/v1/budgets/{budget_id}": Row("projects:write", {"limit_micros": 7}),
    "DELETE /api/v1/budgets/{budget_id}": Row("projects:write"),
    "GET /api/v1/ledger": Row("projects:read"),
    "GET /api/v1/beads/{bead_id}/cost": Row("beads:read"),
    # motivations
    "GET /api/v1/motivations": Row("projects:read"),
    "POST /api/v1/motivations": Row(
        "projects:write",
        {
            "name": "Water it",
            "condition": "bead_completed",
            "agent_role": "qa-engineer",
            "project_id": "{project_id}",
            "create_bead": False,
        },
    ),
    "GET /api/v1/motivations/history": Row("projects:read"),
    "GET /api/v1/motivations/idle": Row("projects:read"),
    "GET /api/v1/motivations/roles": Row("projects:read"),
    "GET /api/v1/motivations/conditions": Row("projects:read"),
    "POST /api/v1/motivations/defaults": Row("system:admin"),
    "GET /api/v1/motivations/{motivation_id}": Row("projects:read"),
    "PUT /api/v1/motivations/{motivation_id}": Row("projects:write", {"priority": 7}),
    "PATCH /api/v1/motivations/{motivation_id}": Row("projects:write", {"priority": 8}),
    "DELETE /api/v1/motivations/{motivation_id}": Row("projects:write"),
    "POST /api/v1/motivations/{motivation_id}/enable": Row("projects:write"),
    "POST /api/v1/motivations/{motivation_id}/disable": Row("projects:write"),
    # providers
    "GET /api/v1/providers": Row("providers:read"),
    "POST /api/v1/providers": Row("providers:write", {"name": "M", "endpoint": "http://127.0.0.1:9/v1"}),
    "GET /api/v1/providers/{provider_id}": Row("providers:read"),
    "PUT /api/v1/providers/{provider_id}": Row("providers:write", {"description": "near"}),
    "DELETE /api/v1/providers/{provider_id}": Row("providers:delete"),
    "GET /api/v1/providers/{provider_id}/models": Row("providers:read"),
    "GET /api/v1/providers/{provider_id}/prices": Row("providers:read"),
    "POST /api/v1/providers/{provider_id}/prices": Row(
        "providers:write", {"model": "m", "prices": {"input": 1, "output": 2}}
    ),
    "POST /api/v1/providers/{provider_id}/prices/import": Row("providers:write"),
    "POST /api/v1/providers/{provider_id}/check": Row("providers:write"),
    "GET /api/v1/providers/{provider_id}/health": Row("providers:read"),
    "GET /api/v1/providers/{provider_id}/catalog": Row("providers:read"),
    "GET /api/v1/models/recommended": Row("providers:read"),
    # runs and decisions
    "GET /api/v1/runs": Row("beads:read"),
    "GET /api/v1/projects/{project_id}/spend": Row("beads:read"),
    "GET /api/v1/runs/{run_id}": Row("beads:read"),
    "POST /api/v1/runs/{run_id}/cancel": Row("beads:write"),
    "POST /api/v1/runs/{run_id}/pause": Row("beads:write"),
    "POST /api/v1/runs/{run_id}/resume": Row("beads:write"),
    "POST /api/v1/runs/{run_id}/nudge": Row("beads:write", {"text": "Mind the slugs."}),
    "POST /api/v1/runs/{run_id}/take-over": Row("beads:write"),
    "POST /api/v1/runs/{run_id}/give-back": Row("beads:write", {"note": "Go on."}),
    "GET /api/v1/runs/{run_id}/diff": Row("beads:read"),
    "GET /api/v1/runs/{run_id}/review-comments": Row("beads:read"),
    "POST /api/v1/runs/{run_id}/review-comments": Row("beads:write", {"path": "a.txt", "line": 1, "text": "Why?"}),
    "POST /api/v1/runs/{run_id}/review": Row("decisions:write", {"verdict": "approve"}),
    "POST /api/v1/runs/{run_id}/revert": Row("decisions:write", {"reason": "Too sweet."}),
    "GET /api/v1/file-locks": Row("beads:read"),
    "POST /api/v1/file-locks": Row("beads:write", {"file_path": "beds/b.md", "project_id": "{project_id}"}),
    "DELETE /api/v1/file-locks/{project_id}/{file_path}": Row("beads:write", query="agent_id={agent_id}"),
    "GET /api/v1/decisions": Row("decisions:read"),
    "POST /api/v1/decisions": Row("decisions:write", {"project_id": "{project_id}", "question": "Slugs?"}),
    "GET /api/v1/decisions/inbox": Row("decisions:read"),
    "POST /api/v1/decisions/decide": Row("decisions:write", {"answers": [{"id": "{decision_id}", "decision": "wait"}]}),
    "GET /api/v1/decisions/{decision_id}": Row("decisions:read"),
    "PATCH /api/v1/decisions/{decision_id}": Row("decisions:write", {"risk": "high"}),
    "DELETE /api/v1/decisions/{decision_id}": Row("decisions:write", {"reason": "Rain"}),
    "POST /api/v1/decisions/{decision_id}/delegate": Row("decisions:write", {"to": "down"}),
    "POST /api/v1/decisions/{decision_id}/snooze": Row("decisions:write", {"until": None}),
    "GET /api/v1/decisions/{decision_id}/comments": Row("decisions:read"),
    "POST /api/v1/decisions/{decision_id}/comments": Row("decisions:write", {"content": "Slugs!"}),
    "GET /api/v1/projects/{project_id}/decision-rules": Row("decisions:read"),
    "PUT /api/v1/projects/{project_id}/decision-rules": Row(
        "projects:write", {"risks": ["low"], "kinds": ["question"], "per_day": 3}
    ),
    "POST /api/v1/decisions/{decision_id}/decide": Row("decisions:write", {"decision": "wait"}),
    # the log and the system
    "GET /api/v1/audit": Row("system:admin"),
    "GET /api/v1/audit/export": Row("system:admin"),
    "GET /api/v1/audit/verify": Row("system:admin"),
    "GET /api/v1/events": Row("projects:read"),
    "GET /api/v1/events/stats": Row("projects:read"),
    "GET /api/v1/events/stream": Row("projects:read"),
    "GET /api/v1/system/status": Row("projects:read"),
    "GET /api/v1/demo": Row("projects:read"),
    "POST /api/v1/demo": Row("projects:write"),
}


@dataclass(frozen=True)
class Event:
    """One page event: the permission it needs, and arguments of a form that gets past the checking."""

    gate: str
    arguments: tuple[Any, ...] = ()


BEAD = {"project_id": "{project_id}", "title": "Weed", "blocked_by": "{bead_id}"}
EVENTS: dict[str, Event] = {
    "Live.watch": Event("projects:read"),
    "Shell.enter": Event("projects:read"),
    "Shell.look": Event("projects:read"),
    "HomeState.load": Event("beads:read"),
    "HomeState.load_demo": Event("projects:write"),
    "BoardState.load": Event("projects:read"),
    "BoardState.ask": Event("beads:read"),
    "BoardState.close": Event("beads:read"),
    "BoardState.create": Event("beads:write", (BEAD,)),
    "ProjectsState.load": Event("projects:read"),
    "ProjectsState.ask": Event("projects:write"),
    "ProjectsState.edit": Event("projects:write", ("{project_id}",)),
    "ProjectsState.close": Event("projects:read"),
    "ProjectsState.save": Event("projects:write", ({"name": "Orchard"},)),
    "ProjectsState.change_status": Event("projects:write", ("{project_id}", "closed")),
    "SystemState.load": Event("providers:read"),
    "SystemState.look": Event("providers:read"),
    "AccountState.load": Event("projects:read"),
    "AuditState.load": Event("system:admin"),
    "AuditState.filter": Event("system:admin", ({"kind": "bead"},)),
    "UsersState.load": Event("system:admin"),
    "UserState.load": Event("system:admin"),
    "ProviderDesk.ask": Event("providers:write"),
    "ProviderDesk.edit": Event("providers:write", ("{provider_id}",)),
    "ProviderDesk.close": Event("providers:read"),
    "ProviderDesk.save": Event("providers:write", ({"name": "M", "endpoint": "http://127.0.0.1:9/v1"},)),
    "ProviderDesk.check": Event("providers:write", ("{provider_id}",)),
}
