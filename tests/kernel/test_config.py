"""Settings: from file and variables, and a clear word about each mistake."""

from pathlib import Path

import pytest

from loom_app.config import Api, Settings, load
from loom_app.kernel.errors import Invalid


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "loom.yaml"
    file.write_text("api:\n  port: 9000\n  host: 0.0.0.0\nruns: {max_turns: 5}\n")
    found = load({"LOOM_CONFIG": str(file), "LOOM_API__PORT": "9001", "LOOM_DATA_DIR": str(tmp_path)})
    assert (found.api.port, found.api.host, found.runs.max_turns) == (9001, "0.0.0.0", 5)
    assert found.data_dir == tmp_path


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LOOM_API__PROT", "LOOM_API__PORT"),
        ("LOOM_PROVIDER__APIKEY", "LOOM_PROVIDER__API_KEY"),
        ("LOOM_ADMIN_PASSWD", "LOOM_ADMIN_PASSWORD"),
        ("LOOM_DATADIR", "LOOM_DATA_DIR"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_one(name: str, meant: str) -> None:
    with pytest.raises(Invalid) as refused:
        load({name: "x"})
    assert name in refused.value.message
    assert f"did you mean {meant}?" in refused.value.message


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "loom.yaml"
    file.write_text("dispatch:\n  max_hop: 3\nprovidr: {}\n")
    with pytest.raises(Invalid) as refused:
        load({"LOOM_CONFIG": str(file)})
    assert "dispatch.max_hop is not a setting; did you mean max_hops?" in refused.value.message
    assert "providr is not a setting; did you mean provider?" in refused.value.message


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LOOM_API__PORT", "0", "api.port"),
        ("LOOM_API__PORT", "eighty", "'eighty'"),
        ("LOOM_RUNS__MAX_TURNS", "-1", "runs.max_turns"),
        ("LOOM_READINESS__MODE", "maybe", "readiness.mode"),
        ("LOOM_API", "8080", "api: this is a section"),
        ("LOOM_DISPATCH__TICK_SECONDS", "inf", "dispatch.tick_seconds"),
        ("LOOM_API__ALLOWED_ORIGINS", "[https://a.example", "LOOM_API__ALLOWED_ORIGINS begins like a YAML list"),
        ("LOOM_API__PORT__TCP", "80", "LOOM_API__PORT__TCP is not a setting; did you mean LOOM_API__PORT?"),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        load({name: value})
    assert told in refused.value.message


def test_a_secret_is_not_repeated_in_a_complaint() -> None:
    settings = load({"LOOM_PROVIDER__API_KEY": "sk-very-secret"})
    assert "sk-very-secret" not in repr(settings)


def test_a_section_of_comments_alone_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "loom.yaml"
    file.write_text("api:\n  # port: 9000\nlog:\n")
    assert load({"LOOM_CONFIG": str(file), "LOOM_API__HOST": "::1"}).api == Api(host="::1")


@pytest.mark.parametrize("text", ["[1, 2]", "just words", "a: [", "\x00"])
def test_a_file_that_is_no_settings_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "loom.yaml"
    file.write_text(text)
    with pytest.raises(Invalid):
        load({"LOOM_CONFIG": str(file)})


def test_a_file_that_is_named_but_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        load({"LOOM_CONFIG": str(tmp_path / "none.yaml")})


@pytest.mark.parametrize("value", ["https://a.example, https://b.example", '["https://a.example","https://b.example"]'])
def test_a_list_is_taken_with_commas_or_as_yaml(value: str) -> None:
    assert load({"LOOM_API__ALLOWED_ORIGINS": value}).api.allowed_origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://loom@db/loom", "postgresql+asyncpg://loom@db/loom"),
        ("postgres://loom@db/loom", "postgresql+asyncpg://loom@db/loom"),
        ("postgresql+asyncpg://loom@db/loom", "postgresql+asyncpg://loom@db/loom"),
        ("sqlite:////tmp/loom.db", "sqlite+aiosqlite:////tmp/loom.db"),
        ("sqlite+aiosqlite:////tmp/loom.db", "sqlite+aiosqlite:////tmp/loom.db"),
    ],
)
def test_a_database_is_opened_with_its_asynchronous_driver(given: str, used: str) -> None:
    assert load({"LOOM_DATABASE__URL": given}).database_url == used


def test_our_own_pages_are_the_only_origins_by_default() -> None:
    origins = Settings().origins
    assert "http://127.0.0.1:8080" in origins
    assert "*" not in "".join(origins)
