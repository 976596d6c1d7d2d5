"""Accounts, sessions, keys and second factors."""

from tests.security.reviewed.rows import PERSONAL, PERSONAL_KEY, PUBLIC, Row

PASSWORD = "a stranger to every list 9"
PATCH = "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"

ROUTES: dict[str, Row] = {
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
}
