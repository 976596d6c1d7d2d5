"""Steps, fingerprints and explanations of the installer."""

import json
from pathlib import Path

import pytest

from scripts.installer import checks, main, places
from scripts.installer.failure import SetupFailed, explain
from scripts.installer.main import Step
from scripts.installer.progress import Progress, run


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside is asked about."""
    monkeypatch.setattr(main, "_check", lambda pending, starts: None)


def step(tmp_path: Path, inputs: Path, *, fails: bool = False) -> Step:
    """A step that notes each time it is done."""

    def build(progress: Progress) -> None:
        if fails:
            raise SetupFailed("cannot")
        with (tmp_path / "done").open("a") as notes:
            notes.write("x")

    return Step("A step", tmp_path / "marker", inputs.read_text, build, 0, lambda: False)


@pytest.mark.usefixtures("quiet")
def test_a_step_is_done_once_per_state_of_its_inputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = tmp_path / "inputs"
    inputs.write_text("one")

    main.prepare([step(tmp_path, inputs)])
    shown = capsys.readouterr().out
    main.prepare([step(tmp_path, inputs)])
    assert (tmp_path / "done").read_text() == "x"
    assert "[1/1] A step …" in shown
    assert capsys.readouterr().out == ""

    inputs.write_text("two")
    main.prepare([step(tmp_path, inputs)])
    assert (tmp_path / "done").read_text() == "xx"


@pytest.mark.usefixtures("quiet")
def test_a_step_that_failed_counts_as_not_done(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.write_text("one")

    with pytest.raises(SetupFailed):
        main.prepare([step(tmp_path, inputs, fails=True)])

    assert step(tmp_path, inputs).pending()


def test_a_fingerprint_knows_content_names_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "ROOT", tmp_path)
    folder = tmp_path / "pages"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "one.py").write_text("1")
    before = places.fingerprint([folder], "3.11")

    (folder / "__pycache__" / "one.pyc").write_text("cache")
    assert places.fingerprint([folder], "3.11") == before
    assert places.fingerprint([folder], "3.12") != before
    (folder / "one.py").rename(folder / "two.py")
    assert places.fingerprint([folder], "3.11") != before


@pytest.mark.parametrize(
    ("output", "status", "words"),
    [
        ("OSError: [Errno 28] No space left on device", 1, "is full. Free 3 GB"),
        ("npm error code ENOTFOUND", 1, "the network went away"),
        ("error: Failed to fetch\n  dns error: failed to lookup address", 2, "the network went away"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", 1, "not the file that the lock file names"),
        ("", -9, "most likely for lack of memory"),
        ("mkdir: cannot create directory: Permission denied", 1, "no right to write in /clone"),
        ("SyntaxError: page.py", 1, "    SyntaxError: page.py\nBuilding failed with status 1 in /clone"),
    ],
)
def test_known_causes_are_explained(output: str, status: int, words: str) -> None:
    assert words in explain("Building", status, output.splitlines(), "/clone")


def test_a_command_that_cannot_be_run_is_named() -> None:
    with pytest.raises(SetupFailed, match=r"Fetching bun failed: /nowhere/npm cannot be run"):
        run("Fetching bun", ["/nowhere/npm"], Progress(1))


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("", "8080"),
        ("api:\n  port: 9090\n", "9090"),
        ("# api: none\napi: # here\n  host: x\n  # a port\n  port: '9091'\n", "9091"),
        ("temporal:\n  port: 1\napi:\n  host: x\n", "8080"),
    ],
)
def test_ports_of_the_configuration_file_are_known_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, port: str
) -> None:
    (tmp_path / "loom.yaml").write_text(text)
    monkeypatch.setenv("LOOM_CONFIG", str(tmp_path / "loom.yaml"))
    monkeypatch.delenv("LOOM_API__PORT", raising=False)

    assert checks.setting("LOOM_API__PORT", "8080") == port


def test_the_lock_of_the_pages_has_one_form() -> None:
    text = (places.ROOT / "reflex.lock" / "package.json").read_text()

    assert text == json.dumps(json.loads(text), indent=2) + "\n"
