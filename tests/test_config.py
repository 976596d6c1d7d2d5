"""The settings the guide shows, the file that is shipped, and projects named in it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from loom_app.config import Settings, load
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.settings import variables
from loom_app.projects.configured import ensure_configured

ROOT = Path(__file__).resolve().parents[1]
GUIDE = """
api: {port: 8080, host: 0.0.0.0}
database: {path: ./loom.db}
temporal: {host: "temporal:7233", namespace: loom-default, task_queue: loom-tasks, enabled: true}
projects:
  - {id: kitchen, name: Kitchen, git_repo: "https://example.org/a", branch: main, beads_path: .beads}
"""


def read(tmp_path: Path, text: str, **environ: str) -> Settings:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return load({"LOOM_CONFIG": str(file), **environ})


def test_the_file_of_the_guide_is_taken(tmp_path: Path) -> None:
    settings = read(tmp_path, GUIDE)
    assert (settings.api.host, settings.api.port) == ("0.0.0.0", 8080)
    assert settings.temporal.address == settings.temporal.target == "temporal:7233"
    assert settings.projects[0]["id"] == "kitchen"


def test_a_host_without_a_port_is_where_the_embedded_server_listens(tmp_path: Path) -> None:
    temporal = read(tmp_path, "temporal: {host: localhost, port: 7000}").temporal
    assert (temporal.address, temporal.target) == ("", "localhost:7000")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("temporal: {enabled: false}", "temporal.enabled: Loom does nothing without Temporal"),
        ("database: {url: 'mysql://u:s3cret@h/d'}", "database.url: begins with mysql"),
        ("database: {url: 's3cret'}", "database.url: begins with s3cret"),
    ],
)
def test_what_loom_cannot_do_is_told_without_secrets(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(tmp_path, text)
    assert refused.value.message.startswith(told)
    assert "u:s3cret" not in refused.value.message


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"id": "kitchen"}, "projects[0] (kitchen): name: Field required"),
        ({"name": "Kitchen", "git_rep": "/x"}, "projects[0] (Kitchen): git_rep: Extra inputs are not permitted"),
        ({"name": "Kitchen", "git_repo": "--x"}, "projects[0] (Kitchen): git_repo '--x' is not an address"),
        ({}, "projects[0] (without a name): name: Field required"),
    ],
)
async def test_a_project_that_cannot_be_made_is_named(
    db: Database, settings: Settings, entry: dict[str, Any], told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await ensure_configured(db, settings.model_copy(update={"projects": [entry]}))
    assert refused.value.message.startswith(told)


def test_the_shipped_file_shows_every_setting_with_its_default() -> None:
    text = (ROOT / "config.yaml").read_text()
    assert yaml.safe_load(text) is None
    shown = yaml.safe_load(re.sub(r"^# (?=[a-z_]+:|  )", "", text, flags=re.MULTILINE))
    defaults = Settings().model_dump(mode="json")
    assert shown.pop("projects")
    del defaults["projects"]
    assert shown == defaults
    assert len(list(variables(Settings))) == _leaves(defaults) + 1


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ("provider: Zq-flour-by-moonlight", {}),
        ("provider: {api_key: [Zq-flour-by-moonlight]}", {}),
        ("api: {port: 1}\nprovider:\n  api_key: Zq-flour-by-moonlight: x", {}),
        ("", {"LOOM_PROVIDER": "Zq-flour-by-moonlight"}),
        ("api: {port: 'https://ada:Zq-flour-by-moonlight@example.org/'}", {}),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str, environ: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        read(tmp_path, text, **environ)
    assert "Zq-flour" not in refused.value.message


def _leaves(shown: Any) -> int:
    return sum(map(_leaves, shown.values())) if isinstance(shown, dict) and shown else 1
