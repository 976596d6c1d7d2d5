"""Structured logs: one line per fact, with the request's id where there is a request."""

import logging
import sys
from typing import Any, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from loom_app.kernel.redaction import redacted


def configure(level: str, *, as_json: bool) -> None:
    """Sends structlog's and the standard library's records to stderr, as JSON lines or readable text."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_secrets, renderer],
        )
    )
    logging.raiseExceptions = False  # it would print a record that cannot be written as it is, secrets and all
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "aiosqlite", "asyncio", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_secrets(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """The last step before a record is written, ours or a library's, its traceback included."""
    return {name: redacted(value, name) for name, value in record.items()}


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of the module `name`."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))
