"""The one family of errors. Each knows its HTTP status, its machine code and the sentence a person reads."""

from typing import Any


class LoomError(Exception):
    """A refusal or failure that a person or client is told about.

    `status` is the HTTP status, `code` a stable machine word, `message` one clear sentence (what, where,
    how to mend it) and `extra` further members of the problem-details answer.
    """

    status = 500
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.extra = extra


class Invalid(LoomError):
    """The request is wrong in itself."""

    status, code = 400, "invalid"


class Unauthenticated(LoomError):
    """Nobody, or nobody we know, is asking."""

    status, code = 401, "unauthenticated"


class Forbidden(LoomError):
    """The asker is known and may not."""

    status, code = 403, "forbidden"


class NotFound(LoomError):
    """There is no such thing, or none the asker may see."""

    status, code = 404, "not_found"


class Conflict(LoomError):
    """The request is right but not now: somebody else holds it or its state has moved on."""

    status, code = 409, "conflict"


class TooLarge(LoomError):
    """More than the stated limit."""

    status, code = 413, "too_large"


class Unsupported(LoomError):
    """A body of a kind that is not taken here."""

    status, code = 415, "unsupported"


class TooMany(LoomError):
    """More often than the stated limit."""

    status, code = 429, "too_many"


class Unavailable(LoomError):
    """Something Loom needs does not answer; trying later may help."""

    status, code = 503, "unavailable"
