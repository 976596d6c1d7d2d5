"""Programs made up for the test, supervised by a real supervisor in its own process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loom_app.supervisor import status
from loom_app.supervisor.status import State
from tests.supervisor.conftest import FOREVER, Start
from tests.support.waiting import is_gone, until

pytestmark = pytest.mark.faults


def test_a_killed_program_is_started_again(start: Start) -> None:
    tree = start({"name": "worker", "python": FOREVER})
    first = tree.alive("worker")

    os.kill(first, signal.SIGKILL)

    assert "loom     | worker died (signal 9), restarting in 0.2 s" in tree.says("restarting")
    until(lambda: tree.status("worker").pid not in (None, first), what="another pid")
    seen = tree.status("worker")
    assert (seen.restarts, seen.last_exit) == (1, "signal 9")
    assert tree.end() == 0


def test_a_program_that_dies_at_once_is_given_more_and_more_time(start: Start) -> None:
    tree = start({"name": "web", "python": "import sys; print('cannot', flush=True); sys.exit(3)"})

    output = tree.says("restarting in 0.8 s")

    waits = [line.rpartition(" in ")[2] for line in output.splitlines() if "restarting" in line]
    assert waits[:3] == ["0.2 s", "0.4 s", "0.8 s"]
    assert "web      | cannot\n" in output
    assert tree.status("web").last_exit == "status 3"
    assert tree.end() == 0


def test_a_program_that_does_not_exist_is_named(start: Start) -> None:
    tree = start({"name": "web", "argv": ["/nowhere/loom-web"]})

    assert "web cannot be started (/nowhere/loom-web: No such file or directory)" in tree.says("cannot be started")
    assert tree.end() == 0


def test_everything_dies_with_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    tree = start({"name": "worker", "python": FOREVER}, {"name": "web", "python": FOREVER})
    pids = [tree.alive("worker"), tree.alive("web")]

    tree.process.kill()
    tree.process.wait()

    for pid in pids:
        until(lambda pid=pid: is_gone(pid), what=f"{pid} dies")  # type: ignore[misc]
    assert {process.state for process in status.read(tmp_path)} == {State.STOPPED}


def test_what_a_killed_program_started_dies_with_it(start: Start, tmp_path: Path) -> None:
    source = f"import subprocess, sys, pathlib, time\nchild = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
    source += "pathlib.Path('child').write_text(str(child.pid))\ntime.sleep(60)"
    tree = start({"name": "worker", "python": source})
    grandchild = int(until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text()))

    os.kill(tree.alive("worker"), signal.SIGKILL)

    until(lambda: is_gone(grandchild), what="the grandchild dies")
    assert tree.end() == 0


def test_ctrl_c_stops_in_order_and_leaves_nothing(start: Start, tmp_path: Path) -> None:
    def polite(name: str) -> str:
        note = f"print({name!r}, file=open('order', 'a')); raise SystemExit"
        heed = f"import signal, time\nsignal.signal(15, lambda *_: exec({note!r}))\n"
        return f"{heed}print('up', flush=True)\ntime.sleep(60)"

    tree = start(
        {"name": "temporal", "python": polite("temporal"), "stop_turn": 2},
        {"name": "demo", "python": polite("demo"), "stop_turn": 1},
        {"name": "web", "python": polite("web")},
    )
    pids = [tree.alive(name) for name in ("temporal", "demo", "web")]
    until(lambda: tree.output().count("| up") == 3)

    assert tree.end() == 0

    assert (tmp_path / "order").read_text().split() == ["web", "demo", "temporal"]
    assert all(is_gone(pid) for pid in pids)
    assert {process["state"] for process in json.loads(status.file_in(tmp_path).read_text())["processes"]} == {
        "stopped"
    }


def test_a_program_that_will_not_stop_is_killed(start: Start) -> None:
    source = (
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(60)"
    )
    tree = start({"name": "worker", "python": source, "stop_seconds": 0.3})
    tree.says("deaf")

    assert tree.end() == 0

    assert "worker did not stop in 0.3 s, killing it" in tree.output()
    assert tree.status("worker").last_exit == "signal 9"


def test_a_second_ctrl_c_kills_at_once(start: Start) -> None:
    source = (
        "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(60)"
    )
    tree = start({"name": "worker", "python": source, "stop_seconds": 60})
    tree.says("deaf")

    tree.process.send_signal(signal.SIGTERM)
    tree.says("stopping")

    assert tree.end() == 0


def test_a_switch_starts_changes_and_stops_a_program(start: Start, tmp_path: Path) -> None:
    switch = tmp_path / "enabled"
    show = "import sys, time\nprint('port', sys.argv[1], flush=True)\ntime.sleep(60)"
    argv = [sys.executable, "-c", show, "{switch}"]
    tree = start({"name": "demo", "argv": argv, "switch": str(switch)}, {"name": "web", "python": FOREVER})
    tree.alive("web")
    assert tree.status("demo").state is State.STOPPED

    switch.write_text("8090\n")
    tree.says("port 8090")
    switch.write_text("8091\n")
    tree.says("port 8091")
    pid = tree.alive("demo")
    switch.unlink()

    until(lambda: tree.status("demo").state is State.STOPPED, what="the demo stops")
    assert is_gone(pid)
    assert tree.status("demo").restarts == 0
    assert tree.end() == 0


def test_a_program_runs_once_it_is_ready_and_what_follows_waits_for_it(start: Start, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    tree = start(
        {"name": "temporal", "python": FOREVER, "ready": str(ready), "once_ready": ["touch", "followed"]},
        {"name": "worker", "python": FOREVER, "after": ["temporal"]},
    )
    until(lambda: tree.status("temporal").state is State.STARTING)
    assert tree.status("worker").pid is None

    ready.touch()

    tree.alive("temporal")
    tree.alive("worker")
    until((tmp_path / "followed").exists)
    assert tree.end() == 0


def test_output_is_kept_in_a_file_per_program(start: Start, tmp_path: Path) -> None:
    source = (
        "import sys, time\nprint('x' * 200_000)\nsys.stdout.write('no newline')\nsys.stdout.flush()\ntime.sleep(60)"
    )
    tree = start({"name": "web", "python": source})
    log = tmp_path / "logs" / "web.log"
    until(lambda: log.exists() and log.read_bytes().count(b"x") == 200_000)

    assert tree.end() == 0

    assert log.read_text().endswith("no newline\n")
    assert "stopping" in (tmp_path / "logs" / "loom.log").read_text()


def test_a_console_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    beat = "print('y' * 1000, flush=True)\n open('beat', 'w').write(str(number))"
    chatty = f"for number in range(10**9):\n {beat}"
    command = [sys.executable, "-m", "tests.supervisor.tree_process", str(tmp_path)]
    programs = json.dumps([{"name": "web", "python": chatty}])
    process = subprocess.Popen([*command, programs], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.read(100)
        process.stdout.close()

        until(lambda: _number(tmp_path / "beat") > 1000, what="the program goes on")

        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def _number(file: Path) -> int:
    text = file.read_text() if file.exists() else ""
    return int(text or 0)
