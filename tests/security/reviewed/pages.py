"""The events of the pages."""

from tests.security.reviewed.rows import Event

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
