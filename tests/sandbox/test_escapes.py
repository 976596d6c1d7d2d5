"""Attempts to get out of the sandbox. Each prints ESCAPED, the secret, or leaves a trace if it succeeds."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from loom_app.sandbox.commands import CommandLimits, run, shell
from loom_app.sandbox.confinement import Confinement, plain
from tests.sandbox.conftest import SECRET, git

OK = " && echo ESCAPED"
PYTHON = "from ctypes import CDLL, get_errno; import os, socket, sys, fcntl, stat\nlibc = CDLL(None, use_errno=True)\n"


def call(*arguments: object) -> str:
    """A raw system call (by number on x86-64) that must fail."""
    return f"python: sys.exit() if libc.syscall({', '.join(map(str, arguments))}) < 0 else print('ESCAPED')"


FILES = {
    "file beside the worktree": "cat '{outside}/secret.txt'",
    "file beside, by a relative path": "cat ../../outside/secret.txt; cat ../outside/secret.txt",
    "symbolic link": "ln -s '{outside}/secret.txt' link; cat link",
    "symbolic link to the root": "ln -s / top; cat 'top/{outside}/secret.txt'",
    "link chain": "ln -s '{outside}' one; ln -s one two; ln -s two/secret.txt three; cat three",
    "hard link": "ln '{outside}/secret.txt' hard" + OK,
    "root of process 1": "cat '/proc/1/root{outside}/secret.txt'",
    "own root": "cat '/proc/self/root{outside}/secret.txt'",
    "directory of process 1": "cat '/proc/1/cwd{outside}/secret.txt'; ls /proc/1/cwd/ | grep -q work" + OK,
    "open descriptors": "for d in /proc/*/fd/*; do cat $d/secret.txt; cat $d/../outside/secret.txt; done",
    "other worktree": "ls '{repository}/app.py'" + OK,
    "database": "cat '{data}/loom.db'",
    "password hashes": "cat /etc/shadow" + OK,
    "old password hashes": "cat /etc/shadow- /etc/gshadow | grep ." + OK,
    "accounts of the machine": "grep -v '^loom:\\|^root:' /etc/passwd" + OK,
    "host keys": "ls /etc/ssh" + OK,
    "private keys": "ls /etc/ssl/private" + OK,
    "settings of root": "ls -A /root 2>/dev/null | grep -v '^.pyenv$'" + OK,
    "homes": "find /home -mindepth 1 -maxdepth 2 -name '.*' | grep ." + OK,
    "keys in the home of Loom's user": "ls '{home}/.ssh' '{home}/.config' '{home}/.netrc'" + OK,
    "logs": "ls /var/log" + OK,
    "sockets of services": "ls /run/docker.sock /var/run/docker.sock /run/dbus /run/systemd" + OK,
    "memory of the machine": "head -c 1 /dev/mem || head -c 1 /proc/kcore" + OK,
    "disks": "ls /dev/vda /dev/sda /dev/nvme0n1 /dev/loop0" + OK,
    "own device": "mknod disk b 254 0" + OK,
    "devices of the kernel": "ls /sys/kernel" + OK,
    "other terminals": "ls /dev/pts | grep -v ptmx | grep ." + OK,
    "agent of ssh": 'ls "$SSH_AUTH_SOCK" /tmp/ssh-*' + OK,
    "run of another": "ls '{root}/..' | grep -v bead-1" + OK,
    "kernel log": "dmesg 2>/dev/null | grep ." + OK,
}
ENVIRONMENT = {
    "own environment": "env",
    "environment of process 1": "tr '\\0' '\\n' < /proc/1/environ",
    "environment of all processes": "cat /proc/*/environ",
    "memory of process 1": "python: print(open('/proc/1/mem', 'rb').read(1) and 'ESCAPED')",
    "command lines of others": "cat /proc/*/cmdline | tr '\\0' ' ' | grep '{pattern}'" + OK,
    "processes of others": "[ $(ls /proc | grep -c '^[0-9]*$') -gt 12 ]" + OK,
    "killing all": "kill -9 -1; echo ESCAPED > '{outside}/trace'",
    "killing process 1": "kill -9 1; kill -0 {pid}" + OK,
}
NETWORK = {
    "port of the machine": "python: socket.create_connection(('127.0.0.1', {port}), 5); print('ESCAPED')",
    "port by IPv6": "python: socket.create_connection(('::1', {port}), 5); print('ESCAPED')",
    "port by bash": "bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'" + OK,
    "internet": "python: socket.create_connection(('192.0.2.1', 80), 5); print('ESCAPED')",
    "datagram": "python: socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53)); print('ESCAPED')",
    "names": "getent hosts example.com" + OK,
    "raw socket": "python: socket.socket(2, 3, 1); print('ESCAPED')",
    "packet socket": "python: socket.socket(17, 3); print('ESCAPED')",
    "host of a virtual machine": "python: socket.socket(40, 1); print('ESCAPED')",
    "kernel crypto socket": "python: socket.socket(38, 5); print('ESCAPED')",
    "interfaces": "ls /sys/class/net 2>/dev/null; grep -v 'lo:\\||' /proc/net/dev | grep ." + OK,
    "abstract socket": "python: socket.socket(1).connect(chr(0) + '{marker}'); print('ESCAPED')",
    "socket in a directory": "python: socket.socket(1).connect('{outside}/socket'); print('ESCAPED')",
}
WRITING = {
    "beside the worktree": "echo x > '{outside}/trace'" + OK,
    "over the secret": "echo x > '{outside}/secret.txt'" + OK,
    "through a link": "ln -s '{outside}/trace' out; echo x > out" + OK,
    "programs": "touch /usr/bin/trace || touch /usr/local/bin/trace || touch /bin/trace" + OK,
    "a program in place": "echo x >> /bin/sh" + OK,
    "settings": "touch /etc/trace || echo x >> /etc/passwd || echo x >> /etc/ld.so.cache" + OK,
    "Python of Loom": "touch '{python}/trace' || touch '{python}/lib/trace'" + OK,
    "keeper of commands": "echo x >> /run/loom/keeper.py" + OK,
    "top of the machine": "touch /trace || mkdir /work2 || touch /root/trace || touch /run/trace" + OK,
    "devices": "touch /dev/trace || mknod /dev/trace c 1 3" + OK,
    "kernel settings": 'v=$(cat /proc/sys/kernel/core_pattern); echo "$v" > /proc/sys/kernel/core_pattern' + OK,
    "memory settings": "v=$(cat /proc/sys/vm/swappiness); echo $v > /proc/sys/vm/swappiness" + OK,
    "kernel switch": "echo h > /proc/sysrq-trigger" + OK,
    "any file of the kernel": "find /proc /sys -maxdepth 4 -type f -writable -not -path '/proc/[0-9]*' 2>/dev/null "
    "| xargs -r sh -c 'for f; do (: >> $f) 2>/dev/null && echo ESCAPED $f; done' sh",
    "protection from memory shortage": "echo -1000 > /proc/self/oom_score_adj" + OK,
    "control groups": "mkdir /sys/fs/cgroup/trace || echo 0 > /sys/fs/cgroup/cgroup.procs" + OK,
    "renaming the worktree": "mv '{root}' '{root}2'" + OK,
    "name of the machine": "hostname trace" + OK,
    "preloading for everybody": "echo ./x.so > /etc/ld.so.preload" + OK,
    "timed work": "mkdir -p /var/spool/cron/crontabs && echo '* * * * * touch x' > /var/spool/cron/crontabs/root" + OK,
    "work of at": "mkdir -p /var/spool/cron/atjobs && touch /var/spool/cron/atjobs/a" + OK,
    "services": "mkdir -p /etc/systemd/system && touch /etc/systemd/system/x.service" + OK,
    "modules for Python": "touch $(python3 -c 'import site; print(site.getsitepackages()[0])')/x.pth" + OK,
    "settings of git for everybody": "touch /etc/gitconfig" + OK,
    "clock": "date -s '2001-01-01'" + OK,
}
GIT = {
    "hook of the repository": "echo x > '{repository}/.git/hooks/pre-commit'" + OK,
    "hook by git's own path": 'echo x > "$(git rev-parse --git-common-dir)/hooks/post-commit"' + OK,
    "configuration": "git config core.fsmonitor 'touch /tmp/x'" + OK,
    "login in the remote's address": "git remote -v; cat '{repository}/.git/config'",
    "commit": "git -c user.name=x -c user.email=x@example.invalid commit -q --allow-empty -m trace" + OK,
    "objects": "echo x | git hash-object -w --stdin" + OK,
    "branches": "git branch trace || git update-ref refs/heads/trace HEAD" + OK,
    "entry of the worktree": "echo 'gitdir: /tmp/x' > .git" + OK,
    "removing the entry": "rm -f .git || mv .git away" + OK,
    "another repository in its place": "rm -rf .git; git init -q . && test -d .git" + OK,
    "mount over the entry": "mount --bind /etc/hosts .git" + OK,
}
RIGHTS = {
    "sudo": "sudo -n id || su -c id </dev/null" + OK,
    "user 0": "python: os.setuid(0); print('ESCAPED')",
    "capabilities": "grep -E 'Cap(Prm|Eff|Bnd|Amb):' /proc/self/status | grep -v 0000000000000000" + OK,
    "new rights by exec": "grep NoNewPrivs /proc/self/status | grep -v 1" + OK,
    "set-uid program": "cp /bin/sh lent && chmod 4755 lent" + OK,
    "set-gid program": "cp /bin/sh lent && chmod 2755 lent" + OK,
    "set-uid from the start": "python: os.open('lent', os.O_CREAT | os.O_WRONLY, 0o4755); print('ESCAPED')",
    "set-uid by descriptor": "python: d = os.open('lent', os.O_CREAT); os.fchmod(d, 0o4755); print('ESCAPED')",
    "set-uid by tar": "cp /bin/sh x; tar cf x.tar --mode=4755 x; rm x; tar xpf x.tar; test -u x" + OK,
    "user namespace": "unshare -U true || unshare -Ur true" + OK,
    "mount namespace": "unshare -m true" + OK,
    "namespaces of process 1": "nsenter -t 1 -a true" + OK,
    "mounting": "mkdir m; mount -t tmpfs none m || mount -t proc none m || mount --bind / m" + OK,
    "mounting for writing": "mount -o remount,rw /usr || mount -o remount,rw /proc || mount -o remount,rw /" + OK,
    "unmounting": "umount /proc || umount -l /tmp || umount .git" + OK,
    "change of root": "chroot / true" + OK,
    "terminal input": "python: a, b = os.openpty(); fcntl.ioctl(b, 0x5412, b'x'); print('ESCAPED')",
    "terminal of Loom": "python: fcntl.ioctl(os.open('/dev/tty', os.O_RDWR), 0x5412, b'x'); print('ESCAPED')",
}
KERNEL = {
    "mount": call(165, "b'none'", "b'.'", "b'tmpfs'", 0, 0),
    "mount, new style": call(430, "b'tmpfs'", 0),
    "unshare": call(272, "0x10000000"),
    "clone into a user namespace": "python: if libc.syscall(56, 0x10000011, 0, 0, 0, 0) > 0: print('ESCAPED')",
    "keyring of Loom": call(250, 6, -3, 0, 0),
    "new key": call(248, "b'user'", "b'x'", "b'x'", 1, -3),
    "kernel program": call(321, 5, 0, 0),
    "performance events": call(298, 0, 0, -1, -1, 0),
    "page faults": call(323, 0),
    "io_uring": call(425, 8, "b'x' * 200"),
    "memory without an owner": call(319, "b'x'", 0),
    "kernel log": call(103, 3, "b' ' * 100", 100),
    "reboot": call(169, 0, 0, 0),
    "tracing the keeper": call(101, 16, 2, 0, 0),
    "descriptors of the keeper": "readlink /proc/2/fd/* | grep ." + OK,
    "descriptors of the keeper, taken": call(438, "os.pidfd_open(2)", 1, 0),
    "a process without this filter": "grep -H Seccomp: /proc/[0-9]*/status | grep -v '2$'" + OK,
    "tracing Loom": call(101, 16, "{pid}", 0, 0),
    "reading memory of process 1": call(310, 1, "b' ' * 16", 1, "b' ' * 16", 1, 0),
    "watching all files": call(300, 0, 0),
    "kernel module": call(175, "b'x'", 1, "b''"),
    "another kernel": call(246, 0, 0, 0, 0),
    "ports of the machine": call(172, 3),
    "swapping": call(167, "b'disk'", 0),
    "accounting": call(163, "b'x'"),
    "clock": call(227, 0, "b' ' * 16"),
    "file by handle": call(304, -100, 0, 0),
    "calls of the 32-bit table": "python: sys.exit() if libc.syscall(0x40000000 + 39) < 0 else print('ESCAPED')",
}
ATTEMPTS = {
    f"{group}: {name}": attempt
    for group, table in {
        "files": FILES,
        "environment": ENVIRONMENT,
        "network": NETWORK,
        "writing": WRITING,
        "git": GIT,
        "rights": RIGHTS,
        "kernel": KERNEL,
    }.items()
    for name, attempt in table.items()
}
ONE_BY_ONE = """
import json, os, shutil, subprocess, sys
said, there = {}, set(os.listdir())
for name, text in json.loads(sys.argv[2]).items():
    python = text.startswith('python: ')
    argv = [sys.executable, '-c', sys.argv[1] + text[8:]] if python else ['/bin/sh', '-c', text]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=25)
    said[name] = done.stdout.decode(errors='replace')[-2000:]
    for new in set(os.listdir()) - there:
        lent = os.lstat(new).st_mode & 0o6000 and not os.path.islink(new)
        said[name] += 'ESCAPED by ' + new if lent else ''
        shutil.rmtree(new) if os.path.isdir(new) and not os.path.islink(new) else os.remove(new)
print(json.dumps(said))
"""
"""Makes each attempt, takes away what it left, and tells of each what it printed."""
LIMITS = CommandLimits(wall_seconds=60, file_bytes=2**24, output_bytes=2**20)
HARMLESS = (
    *(
        "files: file beside the worktree",
        "files: symbolic link",
        "files: hard link",
        "files: database",
    ),
    *("environment: command lines of others", "network: port of the machine", "network: abstract socket"),
    *("network: socket in a directory", "writing: beside the worktree", "writing: through a link"),
    *("git: hook of the repository", "git: login in the remote's address", "git: commit", "rights: set-uid program"),
    *("kernel: memory without an owner",),
)
"""What does work without walls and hurts nobody: the proof that the attempts are real ones."""


class Target:
    """A worktree in a world full of things to reach."""

    def __init__(self, tmp_path: Path, outside: Path, repository: Path, worktree: Path, port: int) -> None:
        self.outside, self.worktree = outside, worktree
        self.data = tmp_path / "data"
        self.data.mkdir()
        (self.data / "loom.db").write_text(SECRET)
        self.names = {
            "outside": outside,
            "repository": repository,
            "root": worktree,
            "data": self.data,
            "home": Path.home(),
            "python": sys.base_prefix,
            "port": port,
            "pid": os.getpid(),
            "marker": f"marker-{os.getpid()}",
            "pattern": f"[m]arker-{os.getpid()}",
        }
        self.repository = repository

    def written_out(self, text: str) -> str:
        """An attempt with the names of this world."""
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    async def attempt(self, text: str, how: Confinement) -> str:
        """What a command prints."""
        outcome = await run(shell(self.written_out(text)), root=self.worktree, how=how, limits=LIMITS)
        assert outcome.ended == "exited", outcome
        return outcome.stdout + outcome.stderr

    async def attempts(self, names: Iterable[str], how: Confinement) -> dict[str, str]:
        """What each of these attempts prints, made one after the other in one sandbox."""
        texts = {name: self.written_out(ATTEMPTS[name]) for name in names}
        argv = ["python3", "-c", ONE_BY_ONE, PYTHON, json.dumps(texts)]
        outcome = await run(argv, root=self.worktree, how=how, limits=LIMITS)
        assert outcome.exit_code == 0, outcome
        said: dict[str, str] = json.loads(outcome.stdout)
        assert list(said) == list(texts)
        return said

    def traces(self) -> list[str]:
        """Everything that lies around the worktree, and whether git is as it was."""
        around = [str(path) for place in (self.outside, self.data) for path in sorted(place.rglob("*"))]
        repository = sorted(str(path) for path in self.repository.rglob("*"))
        return [*around, *repository, (self.outside / "secret.txt").read_text(), git(self.worktree, "log", "--oneline")]


@pytest.fixture
def target(
    tmp_path: Path, outside: Path, repository: Path, worktree: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Target]:
    monkeypatch.setenv("LOOM_PROVIDER__API_KEY", SECRET)
    marker = f"marker-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as named,
        subprocess.Popen(["/bin/sh", "-c", "read line", marker], stdin=subprocess.PIPE) as other,
    ):
        abstract.bind(f"\0{marker}")
        abstract.listen()
        monkeypatch.chdir(outside)  # the name of a socket has to be short
        named.bind("socket")
        named.listen()
        accepting = threading.Thread(target=lambda: _accept_all(server), daemon=True)
        accepting.start()
        yield Target(tmp_path, outside, repository, worktree, server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        accepting.join()
        other.communicate()


def _accept_all(server: socket.socket) -> None:
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        return


SOLITARY = ("environment: killing all", "environment: killing process 1")
"""What would end the others that are made in the same sandbox."""
TOGETHER = {
    group: [name for name in ATTEMPTS if name.startswith(f"{group}: ") and name not in SOLITARY]
    for group in dict.fromkeys(name.partition(":")[0] for name in ATTEMPTS)
}


@pytest.mark.parametrize("group", TOGETHER)
async def test_no_attempt_succeeds(target: Target, walls: Confinement, group: str) -> None:
    if group == "kernel" and os.uname().machine != "x86_64":
        pytest.skip("system call numbers are those of x86-64")
    before = target.traces()
    said = await target.attempts(TOGETHER[group], walls)
    assert {name: text for name, text in said.items() if "ESCAPED" in text or SECRET in text} == {}
    assert target.traces() == before


@pytest.mark.parametrize("name", SOLITARY)
async def test_nobody_outside_is_killed(target: Target, walls: Confinement, name: str) -> None:
    before = target.traces()
    said = await target.attempt(ATTEMPTS[name], walls)
    assert "ESCAPED" not in said
    assert target.traces() == before


async def test_the_attempts_are_real(target: Target) -> None:
    said = await target.attempts(HARMLESS, plain("chosen by the test"))
    assert [name for name, text in said.items() if "ESCAPED" not in text and SECRET not in text] == []


async def test_a_forged_entry_of_a_worktree_opens_nothing(target: Target, walls: Confinement) -> None:
    for forged in (target.outside, target.data, Path("/etc"), target.repository / ".git"):
        (target.worktree / ".git").write_text(f"gitdir: {forged}\n")
        said = await target.attempt(
            "cat '{outside}/secret.txt' '{data}/loom.db' /etc/shadow; ls '{repository}/.git'" + OK, walls
        )
        assert "ESCAPED" not in said
        assert SECRET not in said


async def test_temporary_files_stay_inside_and_go(target: Target, walls: Confinement) -> None:
    mark = f"loom-trace-{os.getpid()}"
    said = await target.attempt(
        f"echo x > /tmp/{mark}; echo x > /dev/shm/{mark}; cat /tmp/{mark} && ls ~ && echo fine", walls
    )
    assert "fine" in said
    assert not Path("/tmp", mark).exists()
    assert not Path("/dev/shm", mark).exists()


async def test_temporary_files_are_limited(target: Target, walls: Confinement) -> None:
    limits = CommandLimits(memory_bytes=64 * 1024 * 1024)
    for place in ("/tmp", "/dev/shm"):
        argv = ["dd", "if=/dev/zero", f"of={place}/x", "bs=1M", "count=100"]
        outcome = await run(argv, root=target.worktree, how=walls, limits=limits)
        assert outcome.exit_code == 1
        assert "No space left" in outcome.stderr
