"""The file that turns the demo model on."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loom_app.demo.switch import answers, port_of, switch_of, turn_on
from loom_app.kernel.errors import Unavailable


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Some other program on some port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def test_off_until_it_is_turned_on(tmp_path: Path) -> None:
    assert port_of(tmp_path) is None
    port = turn_on(tmp_path)
    assert switch_of(tmp_path).read_text() == f"{port}\n"
    assert port_of(tmp_path) == port
    assert list(switch_of(tmp_path).parent.iterdir()) == [switch_of(tmp_path)]


def test_the_choice_is_kept(tmp_path: Path) -> None:
    first, second = free_ports(2)
    assert turn_on(tmp_path, [first, second]) == first
    assert turn_on(tmp_path, [second]) == first


def test_a_port_that_another_program_took_is_given_up(tmp_path: Path, listener: socket.socket) -> None:
    taken = listener.getsockname()[1]
    switch_of(tmp_path).parent.mkdir()
    switch_of(tmp_path).write_text(f"{taken}\n")
    (free,) = free_ports(1)
    assert turn_on(tmp_path, [taken, free]) == free


def test_no_port_at_all_is_said(tmp_path: Path, listener: socket.socket) -> None:
    with pytest.raises(Unavailable, match="no free port"):
        turn_on(tmp_path, [listener.getsockname()[1]])
    assert port_of(tmp_path) is None


def test_a_damaged_file_is_written_afresh(tmp_path: Path) -> None:
    switch_of(tmp_path).parent.mkdir()
    switch_of(tmp_path).write_text("soon")
    (port,) = free_ports(1)
    assert port_of(tmp_path) is None
    assert turn_on(tmp_path, [port]) == port


def test_a_running_model_keeps_its_port(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    turn_on(tmp_path, [port])
    process = subprocess.Popen([sys.executable, "-m", "loom_app.demo.provider", "--port", str(port)])
    try:
        deadline = time.monotonic() + 20
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
        assert turn_on(tmp_path, []) == port
    finally:
        process.kill()
        process.wait()


def test_another_program_is_not_taken_for_the_model(listener: socket.socket) -> None:
    assert not answers(listener.getsockname()[1])
    assert not answers(free_ports(1)[0])
