"""Versions of what is read at a commit, so that nobody is sent again what they have."""

import hashlib

from fastapi import Request, Response


def unchanged(request: Request, response: Response, commit: str) -> bool:
    """Gives the answer its version; whether the client has just that, so that 304 is enough."""
    asked = hashlib.sha256(str(request.url.query).encode()).hexdigest()[:16]
    tag = f'"{commit[:20]}-{asked}"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag in given
