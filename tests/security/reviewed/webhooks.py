"""What GitHub tells Loom and what Loom tells others."""

from tests.security.reviewed.rows import PUBLIC, Row

PATCH = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"

ROUTES: dict[str, Row] = {
    "POST /api/v1/webhooks/github": Row(PUBLIC, {}),
    "GET /api/v1/webhooks/status": Row("projects:read"),
    "GET /api/v1/webhooks/deliveries": Row("projects:read"),
    "GET /api/v1/webhooks/deliveries/{delivery_id}": Row("projects:read"),
    "POST /api/v1/webhooks/deliveries/{delivery_id}/retry": Row("projects:write"),
    "GET /api/v1/webhooks/secrets": Row("system:admin"),
    "POST /api/v1/webhooks/secrets": Row("system:admin"),
    "DELETE /api/v1/webhooks/secrets/{secret_id}": Row("system:admin"),
    "GET /api/v1/webhooks/endpoints": Row("projects:write"),
    "POST /api/v1/webhooks/endpoints": Row("projects:write", {"url": "https://hooks.example.com/loom"}),
    "GET /api/v1/webhooks/endpoints/{endpoint_id}": Row("projects:write"),
    "PATCH /api/v1/webhooks/endpoints/{endpoint_id}": Row("projects:write", {"description": "x"}),
    "DELETE /api/v1/webhooks/endpoints/{endpoint_id}": Row("projects:write"),
    "POST /api/v1/webhooks/endpoints/{endpoint_id}/rotate": Row("projects:write"),
    "POST /api/v1/webhooks/endpoints/{endpoint_id}/test": Row("projects:write"),
    "GET /api/v1/webhooks/endpoints/{endpoint_id}/messages": Row("projects:write"),
    "GET /api/v1/webhooks/messages/{sending_id}": Row("projects:write"),
    "POST /api/v1/webhooks/messages/{sending_id}/redeliver": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/webhook-secrets": Row("projects:read"),
    "POST /api/v1/projects/{project_id}/webhook-secrets": Row("projects:write"),
    "DELETE /api/v1/projects/{project_id}/webhook-secrets/{secret_id}": Row("projects:write"),
    "GET /api/v1/projects/{project_id}/webhook-rules": Row("projects:read"),
    "PUT /api/v1/projects/{project_id}/webhook-rules": Row("projects:write", {"issues": "off"}),
}
