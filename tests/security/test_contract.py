"""Every operation with generated requests, good and bad: no answer is a fault of ours or outside the description.

`make test` takes a few of each kind; `make fuzz` goes on for minutes with LOOM_TEST_FUZZ_EXAMPLES for each operation.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.core.transport import Response as Answer
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from loom_app.api.bounds import MOST_BYTES
from loom_app.config import Settings
from tests.support import world
from tests.support.described import document
from tests.support.served import BASE_URL, Served, serving
from tests.support.world import OWN, UNLIMITED, World

EXAMPLES = int(os.environ.get("LOOM_TEST_FUZZ_EXAMPLES", "6"))
NOT_ASKED = {
    positive_data_acceptance: "what fits the description may still name a thing there is not, or a password too weak",
    ignored_auth: "tests/security/test_route_matrix.py asks that of every route, for every kind of caller",
}
LONGEST_ADDRESS = 65_536
"""The client sends none longer, and no server takes it."""
UPSTREAM = {
    "GET /api/v1/providers/{provider_id}/models", "POST /api/v1/providers/{provider_id}/check",
    "GET /api/v1/providers/{provider_id}/catalog", "POST /api/v1/providers/{provider_id}/prices/import",
}  # fmt: skip
"""They tell how another server failed, with 502 or 503."""


@schemathesis.serializer("application/x-ndjson")
def _lines(_: Any, value: Any) -> Any:
    """A file of beads is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, with_security_parameters=False)
config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
ENDLESS = [
    "/api/v1/activity-feed/stream",
    "/api/v1/events/stream",
    "/api/v1/logs/stream",
    "/api/v1/notifications/stream",
    "/api/v1/pair/{session_id}/stream",
]
"""Streams that do not end by themselves; tests/events/test_stream.py and tests/pair read them."""
schema = schemathesis.openapi.from_dict(document(), config=config).exclude(path=ENDLESS)


@pytest.fixture(scope="module")
def installation(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A data directory with one of everything, to be copied."""
    folder = tmp_path_factory.mktemp("installation")
    shutil.copy(sqlite_template, folder / "loom.db")
    with serving(Settings(data_dir=folder, limits=UNLIMITED)) as served:
        return folder, served.do(world.made(served.app))


@pytest.fixture
def served(installation: tuple[Path, World], tmp_path: Path) -> Iterator[Served]:
    """The application on a copy of the installation."""
    shutil.copytree(installation[0], tmp_path / "data")
    with serving(Settings(data_dir=tmp_path / "data", limits=UNLIMITED)) as running:
        yield running


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: Any, served: Served, installation: tuple[Path, World]) -> None:
    if case.meta.generation.mode.is_positive:
        case.path_parameters = _known(case.path_parameters)
        case.body = _known(case.body)
    given = case.as_transport_kwargs(base_url=BASE_URL, headers=installation[1].headers["admin"])
    sent = requests.Request(**{name: value for name, value in given.items() if name != "timeout"}).prepare()
    assume(len(sent.url or "") < LONGEST_ADDRESS)
    headers = [(name.encode("latin-1"), _latin(value)) for name, value in sent.headers.items()]
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    assume(len(str(body or "")) <= MOST_BYTES)  # more is refused everywhere, and has tests of its own
    answer = served.ask(sent.method or "", sent.url or "", headers=headers, content=body)
    left_out = [*NOT_ASKED]
    if case.operation.label in UPSTREAM and answer.status_code in (502, 503):
        left_out.append(not_a_server_error)
    if "/personas/{name}" in case.operation.label:  # a name may have a slash in it, so PUT finds another there
        left_out += [allow_header_conformance, unsupported_method]
    if case.body is None or isinstance(case.body, NotSet):  # taken for bad where a body may be left out
        left_out.append(negative_data_rejection)
    case.validate_response(Answer.from_httpx(answer, verify=False), excluded_checks=left_out)


def _known(given: Any) -> Any:
    """A dictionary with the names of things there are."""
    if not isinstance(given, dict):
        return given
    return {**given, **{name: value for name, value in world.names(OWN).items() if name in given}}


def _latin(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


OPEN_ON_PURPOSE = {"/api/v1/health", "/health/live", "/health/ready", "/api/v1/audit", "/api/v1/audit/verify"}


def test_every_answer_is_described_member_by_member() -> None:
    """So that an answer outside its description can be told from one within."""
    loose = [
        f"{method.upper()} {path}"
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        for kind in operation["responses"].get("200", {}).get("content", {}).values()
        if kind.get("schema", {}).get("additionalProperties") and path not in OPEN_ON_PURPOSE
    ]
    assert loose == []
