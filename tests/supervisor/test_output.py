"""Lines, log files and the console."""

import os
import subprocess
import sys
from pathlib import Path

from loom_app.supervisor.output import LINE_BYTES, Lines, LogFile
from loom_app.supervisor.places import ROOT


def test_lines_are_cut_across_chunks() -> None:
    lines = Lines()

    assert lines.feed(b"one\ntw") == [b"one"]
    assert lines.feed(b"o\r\n\nth") == [b"two", b""]
    assert lines.feed(b"") == [b"th"]
    assert lines.feed(b"") == []


def test_an_endless_line_is_cut() -> None:
    assert Lines().feed(b"x" * (LINE_BYTES + 1)) == [b"x" * (LINE_BYTES + 1)]


def test_a_log_file_cannot_grow_without_end(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web.log", limit=100, kept=2)

    for number in range(100):
        assert log.append(f"line {number:04d}".encode())
    log.close()

    assert sorted(file.name for file in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2"]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 3 * 110
    assert "line 0099" in (tmp_path / "web.log").read_text()


def test_a_log_file_goes_on_when_the_disk_takes_it_again(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.write_text("in the way")
    log = LogFile(folder / "web.log")
    assert not log.append(b"lost")

    folder.unlink()

    assert log.append(b"kept")
    assert (folder / "web.log").read_text() == "kept\n"
    log.close()


def test_a_console_of_few_characters_shows_what_it_can() -> None:
    source = "from loom_app.supervisor.output import Console\nshown = Console()\n"
    source += "shown.say('web', 'a … b')\nshown.say('web', 'c')\nshown.close()"
    environ = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT)}

    shown = subprocess.run([sys.executable, "-c", source], env=environ, capture_output=True, text=True, check=True)

    assert shown.stdout == "web      | a ? b\nweb      | c\n"
