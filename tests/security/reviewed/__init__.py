"""The reviewed table: every route and every page event, and who may use it.

A route or event that is not here fails the build, and so does one whose declaration differs from what is here: who
adds or changes one says so here, where the next reader sees it.

A gate is a permission, PUBLIC, PERSONAL (one's own things; sessions only) or PERSONAL_KEY (API keys as well).
`body` is one that is valid for the project whose names are put into it; `{bead_id}` and the like are replaced.
"""

from tests.security.reviewed import accounts, agents, beads, projects, system, webhooks
from tests.security.reviewed.rows import Row

ROUTES: dict[str, Row] = {
    route: row for part in (accounts, agents, beads, projects, system, webhooks) for route, row in part.ROUTES.items()
}
