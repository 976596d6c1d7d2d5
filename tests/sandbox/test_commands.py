import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from loom_app.kernel.errors import Forbidden, Invalid, NotFound, Unavailable
from loom_app.sandbox.commands import CommandLimits, CommandOutcome, run, shell
from loom_app.sandbox.confinement import Confinement
from tests.sandbox.conftest import git

MIB = 1024 * 1024


def living(mark: str) -> list[int]:
    """Processes with a mark of ours on their command line."""
    return [
        process.pid for process in psutil.process_iter(["cmdline"]) if mark in " ".join(process.info["cmdline"] or [])
    ]


async def sh(command: str, root: Path, how: Confinement, **limits: float) -> CommandOutcome:
    return await run(shell(command), root=root, how=how, limits=CommandLimits(**limits))  # type: ignore[arg-type]


class TestEnds:
    async def test_success(self, root: Path, how: Confinement) -> None:
        outcome = await run(["echo", "grün $HOME"], root=root, how=how)
        assert (outcome.ended, outcome.exit_code, outcome.signal) == ("exited", 0, None)
        assert (outcome.stdout, outcome.stderr, outcome.stdout_bytes) == ("grün $HOME\n", "", 12)
        assert outcome.argv == ["echo", "grün $HOME"]
        assert outcome.confined == (how.kind == "bubblewrap")
        assert not outcome.truncated
        assert "succeeded" in outcome.summary

    @pytest.mark.parametrize("code", [1, 2, 42, 126, 128, 129, 137, 255])
    async def test_exit_codes_are_not_mistaken_for_signals(self, root: Path, how: Confinement, code: int) -> None:
        outcome = await sh(f"exit {code}", root, how)
        assert (outcome.ended, outcome.exit_code, outcome.signal) == ("exited", code, None)
        assert f"exit code {code}" in outcome.summary

    @pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGHUP", "SIGPIPE", "SIGABRT"])
    async def test_signals(self, root: Path, how: Confinement, name: str) -> None:
        outcome = await sh(f"kill -{name.removeprefix('SIG')} $$", root, how)
        assert (outcome.ended, outcome.exit_code, outcome.signal) == ("exited", None, signal.Signals[name])
        assert name in outcome.summary

    @pytest.mark.parametrize("program", ["no-such-program", "./README.md", "/nowhere/x", "src", "README.md/x"])
    async def test_programs_that_cannot_be_started(self, root: Path, how: Confinement, program: str) -> None:
        outcome = await run([program, "--help"], root=root, how=how)
        assert (outcome.ended, outcome.exit_code, outcome.signal) == ("not_found", None, None)
        assert program in outcome.summary

    async def test_a_program_that_only_the_shell_misses(self, root: Path, how: Confinement) -> None:
        outcome = await sh("no-such-program", root, how)
        assert (outcome.ended, outcome.exit_code) == ("exited", 127)
        assert "not installed" in outcome.summary

    async def test_a_broken_pipe_ends_the_writer_as_usual(self, root: Path, how: Confinement) -> None:
        outcome = await sh("yes | head -n 1", root, how)
        assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, "y\n", "")

    async def test_a_command_cannot_say_how_it_ended(self, root: Path, walls: Confinement) -> None:
        forge = "for f in /proc/$PPID/fd/*; do echo '{\"exit\": 0}' > $f; echo garbage > $f; done; exit 3"
        outcome = await sh(forge, root, walls)
        assert (outcome.ended, outcome.exit_code) == ("exited", 3)

    async def test_the_keeper_killed_by_the_command(self, root: Path, how: Confinement) -> None:
        outcome = await sh("sleep 3071 & kill -9 $PPID; sleep 3072", root, how)
        assert (outcome.ended, outcome.exit_code, outcome.signal) == ("exited", None, signal.SIGKILL)
        assert living("sleep 307") == []


class TestLimits:
    async def test_a_command_that_never_ends(self, root: Path, how: Confinement) -> None:
        outcome = await sh("trap '' TERM INT HUP; echo begun; while :; do sleep 3073; done", root, how, wall_seconds=1)
        assert (outcome.ended, outcome.exit_code, outcome.stdout) == ("timeout", None, "begun\n")
        assert "1 s" in outcome.summary
        assert 1000 <= outcome.duration_ms < 10_000
        assert living("sleep 3073") == []

    async def test_waiting_for_input_is_answered_with_its_end(self, root: Path, how: Confinement) -> None:
        assert (await run(["cat"], root=root, how=how)).exit_code == 0

    async def test_a_gigabyte_of_output(self, root: Path, how: Confinement) -> None:
        before = psutil.Process().memory_info().rss
        outcome = await sh("yes 0123456789 | head -c 1G", root, how)
        assert outcome.ended == "output"
        assert outcome.stdout_bytes < 300_000_000
        assert outcome.truncated
        assert len(outcome.stdout) < 66_000
        assert psutil.Process().memory_info().rss - before < 50 * MIB

    async def test_the_beginning_and_the_end_of_much_output_are_kept(self, root: Path, how: Confinement) -> None:
        outcome = await sh("seq 1 100000; echo last words >&2", root, how, output_bytes=3000)
        assert outcome.exit_code == 0
        assert outcome.stdout.startswith("1\n2\n3\n")
        assert outcome.stdout.endswith("99999\n100000\n")
        assert f"{588_895 - 3000:,} bytes left out" in outcome.stdout
        assert outcome.stderr == "last words\n"
        assert "588,906" in outcome.summary

    async def test_memory(self, root: Path, how: Confinement) -> None:
        eater = "hold = []\nwhile True: hold.append(bytearray(b'x') * 1_000_000)"
        outcome = await run(["python3", "-c", eater], root=root, how=how, limits=CommandLimits(memory_bytes=100 * MIB))
        assert outcome.ended == "memory"
        assert "100 MiB" in outcome.summary

    async def test_memory_of_many_processes_is_added_up(self, root: Path, how: Confinement) -> None:
        eater = (
            "import os, signal\nfor _ in range(3): os.fork()\n"
            "hold = bytearray(os.urandom(1_000_000)) * 30\nsignal.pause()"
        )
        outcome = await run(["python3", "-c", eater], root=root, how=how, limits=CommandLimits(memory_bytes=150 * MIB))
        assert outcome.ended == "memory"

    async def test_memory_asked_for_at_once(self, root: Path, how: Confinement) -> None:
        outcome = await run(["python3", "-c", "bytearray(10**11)"], root=root, how=how)
        assert (outcome.ended, outcome.exit_code) == ("exited", 1)
        assert "2,048 MiB are allowed" in outcome.summary

    async def test_a_command_that_starts_too_many_processes(self, root: Path, how: Confinement) -> None:
        outcome = await sh("for i in $(seq 400); do sleep 3074 & done; wait", root, how, processes=64, wall_seconds=60)
        assert outcome.ended == "processes"
        assert "64 are allowed" in outcome.summary
        assert living("sleep 3074") == []

    async def test_processes_that_start_each_other(self, root: Path, how: Confinement) -> None:
        """They would end by themselves at 511, so that a fault here does not take the machine along."""
        (root / "fork").write_text(
            "#!/bin/sh\n[ $1 -gt 0 ] && { $0 $(($1 - 1)) & $0 $(($1 - 1)) & }\nexec sleep 3075\n"
        )
        (root / "fork").chmod(0o755)
        outcome = await run(["./fork", "8"], root=root, how=how, limits=CommandLimits(processes=64, wall_seconds=60))
        assert outcome.ended == "processes"
        assert living("sleep 3075") == living("./fork") == []

    async def test_processor_time_of_one_and_of_many(self, root: Path, how: Confinement) -> None:
        for command in ("while :; do :; done", "(while :; do :; done) & (while :; do :; done) & wait"):
            outcome = await sh(command, root, how, cpu_seconds=1)
            assert outcome.ended == "timeout"
            assert "processor time" in outcome.summary

    async def test_large_files(self, root: Path, how: Confinement) -> None:
        outcome = await run(
            ["dd", "if=/dev/zero", "of=big", "bs=1M", "count=20"],
            root=root,
            how=how,
            limits=CommandLimits(file_bytes=MIB),
        )
        assert (outcome.signal, (root / "big").stat().st_size) == (signal.SIGXFSZ, MIB)
        assert "1 MiB" in outcome.summary

    @pytest.mark.parametrize(
        ("bomb", "words"),
        [
            ("for i in 1 2 3 4 5 6 7 8; do head -c 3M /dev/urandom > bomb$i; done", "MiB are allowed"),
            ("mkdir bomb; cd bomb; seq 300 | xargs touch", "200 are allowed"),
            ("mkdir bomb; cd bomb; seq 300 | xargs mkdir", "200 are allowed"),
            ("mkdir -p d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d", "levels deep"),
        ],
    )
    async def test_a_worktree_that_grows_too_far(
        self, root: Path, walls: Confinement, bomb: str, words: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("loom_app.sandbox.filling.DEEPEST", 10)
        most, how = {"tree_bytes": 16 * MIB, "tree_files": 200}, walls
        outcome = await sh(f"sleep 0.3; {bomb}; cd '{root}'; sleep 3082", root, how, **most)
        assert outcome.ended == "disk", outcome
        assert words in outcome.summary
        assert living("sleep 3082") == []
        # What is too much already may be taken away.
        outcome = await sh(f"sleep 0.2; rm -rf '{root}'/bomb* '{root}'/d", root, how, **most)
        assert outcome.ended == "exited"

    async def test_a_full_disk(self, root: Path, how: Confinement) -> None:
        outcome = await sh("sleep 3076", root, how, free_disk_bytes=2**60)
        assert outcome.ended == "disk"
        assert living("sleep 3076") == []


class TestNothingIsLeftBehind:
    @pytest.mark.parametrize(
        "daemon",
        [
            "sleep 3077 & echo over",
            "setsid sleep 3077 >/dev/null 2>&1 & echo over",
            "nohup setsid sh -c 'setsid sleep 3077 & setsid sleep 3077' >/dev/null 2>&1 & echo over",
            "(trap '' TERM HUP; exec sleep 3077) >/dev/null 2>&1 & echo over",
        ],
    )
    async def test_daemons(self, root: Path, how: Confinement, daemon: str) -> None:
        outcome = await sh(daemon, root, how)
        assert (outcome.exit_code, outcome.stdout) == (0, "over\n")
        assert living("sleep 3077") == []

    async def test_cancelling_ends_the_command_first(self, root: Path, how: Confinement) -> None:
        os.mkfifo(root / "begun")
        task = asyncio.create_task(sh("setsid sleep 3078 & echo x > begun; sleep 3078", root, how))
        assert await asyncio.to_thread((root / "begun").read_text) == "x\n"
        assert len(living("sleep 3078")) >= 2
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert living("sleep 3078") == []

    async def test_cancelling_at_once(self, root: Path, how: Confinement) -> None:
        task = asyncio.create_task(sh("sleep 3079", root, how))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert living("sleep 3079") == []

    def test_a_killed_worker_takes_its_commands_along(self, root: Path, how: Confinement) -> None:
        os.mkfifo(root / "begun")
        program = (
            "import asyncio, json, sys; from pathlib import Path\n"
            "from loom_app.sandbox.commands import Confinement, run, shell\n"
            "root, kind, program = sys.argv[1:]\n"
            "how = Confinement(kind, '', tuple(json.loads(program)))\n"
            "command = shell('setsid sleep 3080 & echo x > begun; sleep 3080')\n"
            "asyncio.run(run(command, root=Path(root), how=how))\n"
        )
        argv = [sys.executable, "-c", program, str(root), how.kind, json.dumps(how.program)]
        with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as worker:
            assert (root / "begun").read_text() == "x\n"
            below = [os.pidfd_open(pid) for pid in living("sleep 3080")]
            assert len(below) >= 2
            worker.kill()
        for process in below:
            assert select.select([process], [], [], 20)[0], "a process of the command outlived the worker"
            os.close(process)

    async def test_no_descriptor_and_no_file_is_left(
        self, root: Path, how: Confinement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        homes = tmp_path / "homes"
        homes.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(homes))
        await sh("touch $HOME/x", root, how)
        before = sorted(Path("/proc/self/fd").iterdir())
        for command in ("echo", "kill -9 $$", "sleep 3081"):
            await sh(command, root, how, wall_seconds=0.5)
        assert sorted(Path("/proc/self/fd").iterdir()) == before
        assert list(homes.iterdir()) == []

    async def test_many_at_once(self, root: Path, how: Confinement) -> None:
        outcomes = await asyncio.gather(*(sh(f"echo {number}", root, how) for number in range(12)))
        assert [outcome.stdout for outcome in outcomes] == [f"{number}\n" for number in range(12)]


class TestSurroundings:
    async def test_the_working_directory(self, root: Path, how: Confinement) -> None:
        assert (await run(["pwd"], root=root, how=how)).stdout == f"{root}\n"
        assert (await run(["pwd"], root=root, cwd="src/deep", how=how)).stdout == f"{root}/src/deep\n"
        assert (await run(["pwd"], root=root, cwd=f"{root}/src", how=how)).stdout == f"{root}/src\n"

    async def test_the_worktree_is_written_as_its_owner(self, root: Path, how: Confinement) -> None:
        assert (await sh("echo new > src/new.txt", root, how)).exit_code == 0
        written = root / "src" / "new.txt"
        assert (written.read_text(), written.stat().st_uid) == ("new\n", os.getuid())

    async def test_tests_of_a_project_run(self, root: Path, how: Confinement) -> None:
        (root / "test_it.py").write_text(
            "import unittest, threading, subprocess, socket, tempfile, multiprocessing\n"
            "class T(unittest.TestCase):\n"
            "    def test_answer(self):\n"
            "        from src.app import answer\n"
            "        self.assertEqual(answer(), 42)\n"
            "    def test_what_tests_do(self):\n"
            "        threading.Thread(target=print).start()\n"
            "        self.assertEqual(subprocess.check_output(['sh', '-c', 'echo hi']), b'hi\\n')\n"
            "        with socket.create_server(('127.0.0.1', 0)) as server:\n"
            "            socket.create_connection(server.getsockname()).close()\n"
            "        with tempfile.TemporaryDirectory() as place: open(place + '/x', 'w').close()\n"
            "        with multiprocessing.Pool(2) as pool: self.assertEqual(pool.map(abs, [-1]), [1])\n"
        )
        outcome = await run(["python3", "-m", "unittest", "-v"], root=root, how=how)
        assert outcome.exit_code == 0, outcome.stderr
        assert "Ran 2 tests" in outcome.stderr
        assert not list(root.rglob("__pycache__"))

    async def test_the_environment_is_clean(
        self, root: Path, how: Confinement, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOOM_PROVIDER__API_KEY", "must-not-be-seen")
        outcome = await run(["env"], root=root, how=how, env={"CI": "true"})
        names = {line.split("=")[0] for line in outcome.stdout.splitlines()}
        assert "CI" in names
        assert names <= {
            "CI",
            "PATH",
            "HOME",
            "TMPDIR",
            "LANG",
            "TERM",
            "USER",
            "LOGNAME",
            "SHELL",
            "NO_COLOR",
            "PAGER",
            "PWD",
        } | {name for name in names if name.startswith(("GIT_", "PYTHON"))}
        assert "must-not-be-seen" not in outcome.stdout

    async def test_git_reads_history_in_a_worktree(self, worktree: Path, how: Confinement) -> None:
        (worktree / "app.py").write_text("print('changed')\n")
        outcome = await sh("git log --oneline && git status --short && git diff --stat && git branch", worktree, how)
        assert outcome.exit_code == 0, outcome.stderr
        for words in ("first commit", " M app.py", "1 file changed", "bead-1"):
            assert words in outcome.stdout

    async def test_git_still_works_outside_afterwards(self, worktree: Path, repository: Path, how: Confinement) -> None:
        await sh("echo more >> app.py; git status", worktree, how)
        assert git(worktree, "status", "--short") == " M app.py\n"
        assert git(repository, "remote", "get-url", "origin").startswith("https://loom:")

    async def test_more_places(self, root: Path, outside: Path, tmp_path: Path, walls: Confinement) -> None:
        cache = tmp_path / "cache"
        cache.mkdir()
        script = f"cat '{outside}/secret.txt' && touch '{cache}/x' && ! touch '{outside}/y'"
        outcome = await run(shell(script), root=root, how=walls, readonly=[outside], writable=[cache])
        assert outcome.exit_code == 0, outcome.stderr
        assert (cache / "x").exists()


class TestRefusals:
    @pytest.mark.parametrize("argv", [[], [""], [" "], ["a\0b"], ["\ud800"], ["x" * 100_001], ["x" * 100] * 1001])
    async def test_commands_that_are_none(self, root: Path, argv: list[str]) -> None:
        with pytest.raises(Invalid):
            await run(argv, root=root)

    @pytest.mark.parametrize("name", ["", "A=B", "A B", "A\0", "1A", "ü"])
    async def test_names_of_variables(self, root: Path, name: str) -> None:
        with pytest.raises(Invalid):
            await run(["true"], root=root, env={name: "x"})

    @pytest.mark.parametrize(
        ("cwd", "error"), [("none", Invalid), ("README.md", Invalid), ("../outside", Forbidden), ("/etc", Forbidden)]
    )
    async def test_working_directories(self, root: Path, cwd: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            await run(["true"], root=root, cwd=cwd)

    async def test_roots(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            await run(["true"], root=tmp_path / "gone")
        with pytest.raises(Forbidden):
            await run(["true"], root=Path("/"))

    async def test_a_machine_without_walls_when_they_are_required(self, root: Path, how: Confinement) -> None:
        if how.kind == "bubblewrap":
            assert (await run(["true"], root=root, how=how, require=True)).exit_code == 0
            return
        with pytest.raises(Unavailable, match="LOOM_SANDBOX__REQUIRE") as caught:
            await run(["touch", "x"], root=root, how=how, require=True)
        assert caught.value.code == "sandbox_required"
        assert not (root / "x").exists()

    async def test_a_sandbox_that_cannot_be_made(self, root: Path, walls: Confinement) -> None:
        with pytest.raises(Unavailable, match="could not be made") as caught:
            await run(["true"], root=root, how=walls, readonly=[root / "missing"])
        assert caught.value.code == "sandbox_failed"
