"""Health, the description of the API, the log and the system."""

from tests.security.reviewed.rows import PUBLIC, Row

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
    "GET /api/v1/audit": Row("system:admin"),
    "GET /api/v1/audit/export": Row("system:admin"),
    "GET /api/v1/audit/verify": Row("system:admin"),
    "GET /api/v1/events": Row("projects:read"),
    "GET /api/v1/activity-feed": Row("projects:read"),
    "GET /api/v1/activity-feed/stream": Row("projects:read"),
    "GET /api/v1/activity-feed/{activity_id}/events": Row("projects:read"),
    "GET /api/v1/events/stats": Row("projects:read"),
    "GET /api/v1/events/stream": Row("projects:read"),
    "GET /api/v1/events/types": Row("projects:read"),
    "GET /api/v1/system/status": Row("projects:read"),
    "GET /api/v1/demo": Row("projects:read"),
    "POST /api/v1/demo": Row("projects:write"),
}
