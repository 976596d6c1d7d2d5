"""What programs do, as far as their names, sub-commands and options tell. Data alone; `risk` reads it.

`low` reads, or builds and tests as every change of a project is built and tested; `medium` changes or removes files
in bulk, or runs whatever a file says; `high` reaches out of the worktree: to the network, to other people's
repositories and registries, to the machine and its services. What stands nowhere here is `unknown`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

Risk = Literal["low", "medium", "high", "unknown"]
RISKS: tuple[Risk, ...] = get_args(Risk)


@dataclass(frozen=True)
class Program:
    """The risk of a program, and what in its words changes it.

    `kinds` gives the risk by the sub-command, which is the first word that is no option; `takes` are options before
    it whose value is the next word. `options` raise the risk where one of the words fits the expression.
    """

    risk: Risk
    kinds: Mapping[str, Risk] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()
    options: Sequence[tuple[re.Pattern[str], Risk]] = ()
    places: Literal["", "last", "all"] = ""
    """Which of its words name files that it changes, so that places outside the worktree count."""


@dataclass(frozen=True)
class Wrapper:
    """A program that starts the one its further words name, after `skips` words of its own.

    `takes` are its options whose value is the next word. `risk` is what it adds of itself.
    """

    takes: frozenset[str] = frozenset()
    skips: int = 0
    risk: Risk = "low"
    unclear: frozenset[str] = frozenset()
    """Options after which nobody can tell what is started."""


def _kinds(*, low: str = "", medium: str = "", high: str = "") -> dict[str, Risk]:
    named: dict[str, Risk] = dict.fromkeys(("", *low.split()), "low")
    return named | dict.fromkeys(medium.split(), "medium") | dict.fromkeys(high.split(), "high")


def _when(*pairs: tuple[str, Risk]) -> tuple[tuple[re.Pattern[str], Risk], ...]:
    return tuple((re.compile(form), risk) for form, risk in pairs)


LOW = """
    : [ [[ ]] addr2line ar arch as b2sum base32 base64 basename bc break bunzip2 bzcat bzip2 c++ cal cat cc cd cksum
    clang clang++ clang-format clang-tidy cmp col column comm continue csplit cut date dc declare df diff diff3
    diffstat dir dirname du echo egrep exit expand export expr factor false fgrep file fmt fold free g++ gcc getconf
    getopt getopts gofmt grep groups gunzip gzip hash hd head hexdump hostid iconv id join jobs jq ld ldd less let
    line local locale logname look ls m4 man md5sum mktemp more nl nm nproc numfmt objdump od paste pathchk pgrep
    popd pr printenv printf ps ptx pushd pwd ranlib read readelf readlink readonly realpath return rev rg ripgrep
    rustc seq set sha1sum sha224sum sha256sum sha384sum sha512sum shift shopt shuf size sleep sort stat strings
    strip sum tac tail test times toe top touch tput tr tree true tsort tty type typeset ulimit umask uname unexpand
    uniq unset unxz uptime users vdir vmstat w wait wc whereis which who whoami xmllint xz xzcat yes yq zcat zgrep
    zipinfo zstd zstdcat black coverage eslint flake8 isort jest mocha mypy prettier py.test pylint pyright pytest
    ruff rustfmt shellcheck stylelint tsc vitest golangci-lint staticcheck gotestsum ctest phpunit rspec rubocop
    unittest tokei cloc bandit import-linter lint-imports compileall py_compile build doctest timeit json.tool
    djlint swiftlint ktlint hlint luacheck yamllint markdownlint make gmake ninja cmake meson configure mvn mvnw
    gradle gradlew bazel tox nox hatch dotnet msbuild ant sbt lein mix rake just task invoke webpack vite rollup
    esbuild parcel babel turbo nx lerna grunt gulp javac kotlinc scalac swiftc ghc erlc cython cythonize
    sphinx-build mkdocs autoconf automake autoreconf bison flex rebar3 scons dart flutter
    """
MEDIUM = """
    . source cpio ed emacs ex julia java kotlin lua luajit node deno nodejs nano ocaml perl php pkill kill killall
    vi vim nvim python pypy python2 R Rscript raku ruby runhaskell scala swift tclsh ts-node tsx truncate dd split
    shred rename unzip zip tar 7z bsdtar clojure elixir erl perl6 sqlite3 libtool strace ltrace gdb lldb valgrind
    perf hyperfine expect script pg_ctl initdb alembic django-admin flask celery uvicorn gunicorn granian manage.py
    next nuxt ng vue-cli-service disown fg bg
    """
HIGH = """
    curl wget http https httpie aria2c axel ftp lftp sftp scp ssh ssh-add ssh-agent ssh-keygen sshfs rsync rclone telnet
    nc ncat netcat socat nmap ping ping6 traceroute tracepath dig host nslookup whois links lynx w3m
    sudo su doas pkexec runuser setpriv newgrp sg chroot unshare nsenter bwrap firejail systemd-run
    mount umount losetup mkfs fdisk parted swapon swapoff fsck modprobe insmod rmmod sysctl dmesg setcap capsh
    systemctl service journalctl initctl shutdown reboot halt poweroff init telinit crontab at atd batch anacron
    useradd userdel usermod groupadd passwd chpasswd visudo chown chgrp chattr mknod
    iptables nft ip ifconfig route tc brctl hostname hostnamectl timedatectl keyctl
    docker docker-compose podman buildah skopeo nerdctl kubectl helm k9s minikube kind vagrant virsh qemu lxc
    terraform tofu pulumi ansible ansible-playbook aws gcloud gsutil az doctl flyctl heroku vercel netlify wrangler
    firebase gh hub glab act apt apt-get aptitude dpkg rpm yum dnf pacman apk zypper snap flatpak brew port nix nix-env
    nix-shell guix conda mamba micromamba pipx twine npx bunx pnpx corepack gem cpan cpanm luarocks opam stack cabal
    psql mysql mysqldump mongo mongosh redis-cli pg_dump mail sendmail mutt msmtp swaks gpg gpg2 pass op vault
    xdg-open open osascript screen tmux dbus-send gdbus busctl wall write mesg logger
    """


def _group(names: str, risk: Risk) -> dict[str, Program]:
    return {name: Program(risk) for name in names.split()}


_GIT = Program(
    "unknown",
    _kinds(
        low="log status diff show blame annotate grep rev-parse rev-list ls-files ls-tree cat-file describe shortlog "
        "show-ref for-each-ref merge-base name-rev cherry count-objects version help check-ignore check-attr diff-tree "
        "diff-index diff-files whatchanged range-diff var add mv commit stash tag branch switch notes hash-object",
        medium="rm checkout restore reset revert merge rebase cherry-pick clean apply am init worktree bisect gc prune "
        "reflog format-patch archive update-index update-ref symbolic-ref mergetool rerere sparse-checkout read-tree "
        "write-tree commit-tree fsck repack filter-branch filter-repo replace config remote bundle",
        high="push fetch pull clone remote submodule ls-remote send-email svn p4 request-pull daemon lfs "
        "credential http-backend fetch-pack send-pack upload-pack receive-pack upload-archive shell subtree "
        "instaweb maintenance gui citool",
    ),
    frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env", "--super-prefix"}),
    # Settings given on the line can name programs that git then starts.
    _when(
        (r"-c|--config-env.*|--exec-path.*|--upload-pack.*|--receive-pack.*|--ext-diff|--textconv", "medium"),
        (r"-O.+|--open-files-in-pager.*|--exec=.*|--git-dir.*|--work-tree.*", "medium"),
        (r"(?i).*(sshcommand|proxy|hookspath|fsmonitor|credential|editor|pager|alias)[.\w]*=.*", "unknown"),
    ),
)
_NODE = _kinds(
    low="test t run-script run lint ls list ll la version help root prefix bin why explain pack build",
    medium="start stop restart rebuild prune dedupe uninstall remove rm un set",
    high="install i in ci add update upgrade up publish unpublish deprecate dist-tag login logout adduser owner access "
    "token exec x dlx create init view info search audit outdated link config cache fund org team star ping whoami "
    "install-test it doctor hook profile import global plugin",
)
_PIP = _kinds(
    low="list show freeze check help debug inspect", medium="uninstall cache hash completion",
    high="install download wheel index search config",
)  # fmt: skip

PROGRAMS: Mapping[str, Program] = {
    **_group(LOW, "low"),
    **_group(MEDIUM, "medium"),
    **_group(HIGH, "high"),
    **{name: Program("low", places="all") for name in ("mkdir", "tee", "touch", "mkfifo", "patch", "sponge")},
    **{name: Program("low", places="last") for name in ("cp", "ln", "install", "link")},
    **{
        name: Program("medium", places="all")
        for name in ("rm", "rmdir", "mv", "chmod", "unlink", "truncate", "dd", "shred", "split")
    },
    "find": Program("low", options=_when((r"-delete|-fprint\w*|-fls", "medium"))),
    "fd": Program("low", options=_when((r"-x|-X|--exec\w*", "unknown"))),
    "rg": Program("low", options=_when((r"--pre(=.*)?|--hostname-bin.*", "medium"))),
    "sed": Program(
        "low",
        options=_when(
            (r"-[nEers]*i.*|--in-place.*", "medium"),
            (r".*(^|[;}/\d$])\s*[ewrW] ?[./\w].*|.*/[gIp\d]*e[gIp\d]*", "medium"),
        ),
    ),
    **{
        name: Program("low", options=_when((r"(?s).*(system\s*\(|\||getline|>|@load).*|-i|inplace", "medium")))
        for name in ("awk", "gawk", "mawk", "nawk")
    },
    "sort": Program("low", options=_when((r"--compress-program.*", "medium"))),
    "tar": Program(
        "medium", options=_when((r"--(to-command|checkpoint-action|use-compress-program|rsh-command).*", "medium"))
    ),
    "date": Program("low", options=_when((r"-s.*|--set.*", "high"))),
    "hostname": Program("low", options=_when((r"[^-].*|-F.*", "high"))),
    # Bash works out what stands between the brackets of a name, and runs what is in there.
    **{
        name: Program("low", options=_when((r"(?s).*\[.*[$`].*", "unknown")))
        for name in (
            "export",
            "unset",
            "declare",
            "typeset",
            "local",
            "readonly",
            "printf",
            "test",
            "[",
            "read",
            "let",
            "wait",
            "expr",
        )
    },
    "git": _GIT,
    **{name: Program("unknown", _PIP, frozenset({"--python", "--log", "--cache-dir"})) for name in ("pip", "pip3")},
    **{
        name: Program(
            "unknown", _NODE, frozenset({"--prefix", "-C", "--dir", "--cwd", "-w", "--workspace", "--filter", "-F"})
        )
        for name in ("npm", "pnpm", "bun")
    },
    "yarn": Program("unknown", {**_NODE, "": "high"}, frozenset({"--cwd"})),
    "cargo": Program(
        "unknown",
        _kinds(
            low="build b check c test t bench clippy fmt doc d tree metadata nextest version verify-project "
            "locate-project help",
            medium="run r clean fix new init expand miri flamegraph",
            high="install add remove update fetch publish yank login logout owner search vendor generate-lockfile "
            "uninstall package",
        ),
        frozenset({"--manifest-path", "--color", "-C", "-Z", "--config"}),
        _when((r"--config.*", "medium")),
    ),
    "go": Program(
        "unknown",
        _kinds(
            low="build test vet fmt list version env doc help",
            medium="run generate clean fix tool telemetry work",
            high="get install mod bug",
        ),
        frozenset({"-C"}),
        _when((r"-(toolexec|exec|vettool).*", "medium")),
    ),
    "rustup": Program("high", _kinds(low="show which doc")),
    "uv": Program("high", _kinds(low="version help")),
    "poetry": Program("high", _kinds(low="check show version env about", medium="build")),
    "pdm": Program("high", _kinds(low="info list show", medium="build")),
    "pipenv": Program("high", _kinds(low="graph check verify")),
    "composer": Program("high", _kinds(low="validate show licenses", medium="dump-autoload run-script")),
    "bundle": Program("high", _kinds(low="list show check info")),
    "pre-commit": Program("high"),
    "svn": Program("high", _kinds(low="status st diff di log info list ls blame cat")),
    "hg": Program(
        "high", _kinds(low="status st diff log annotate cat", medium="add remove rename commit update revert")
    ),
    "bd": Program("high", _kinds(low="list show ready")),
    "venv": Program("medium"),
    "http.server": Program("medium"),
    "ensurepip": Program("high"),
    "alias": Program("unknown"),
    "enable": Program("unknown"),
    "bind": Program("unknown"),
    "parallel": Program("unknown"),
}
"""Every program that is known, by the last part of its path."""

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "fish", "rbash"})
"""Their -c takes a command line, and a file is a program of its own."""
PYTHONS = re.compile(r"python(\d(\.\d+)?)?|pypy3?")
RUNS_MODULE = frozenset({"-m"})
EXECS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})

_NONE: frozenset[str] = frozenset()
WRAPPERS: Mapping[str, Wrapper] = {
    "env": Wrapper(frozenset({"-u", "--unset", "-C", "--chdir"}), unclear=frozenset({"-S", "--split-string"})),
    "nice": Wrapper(frozenset({"-n", "--adjustment"})),
    "ionice": Wrapper(frozenset({"-c", "-n", "-t"})),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "time": Wrapper(frozenset({"-f", "-o", "--format", "--output"})),
    "timeout": Wrapper(frozenset({"-s", "--signal", "-k", "--kill-after"}), skips=1),
    "stdbuf": Wrapper(frozenset({"-i", "-o", "-e"})),
    "unbuffer": Wrapper(),
    "chrt": Wrapper(skips=1),
    "taskset": Wrapper(skips=1),
    "prlimit": Wrapper(),
    "setarch": Wrapper(skips=1),
    "linux64": Wrapper(),
    "watch": Wrapper(frozenset({"-n", "--interval"})),
    "flock": Wrapper(frozenset({"-w", "-E", "--timeout"}), skips=1, unclear=frozenset({"-c", "--command"})),
    "xargs": Wrapper(
        frozenset(
            {
                "-n",
                "-P",
                "-I",
                "-L",
                "-d",
                "-E",
                "-s",
                "-a",
                "--max-args",
                "--max-procs",
                "--arg-file",
                "--delimiter",
                "--max-lines",
                "--max-chars",
                "--replace",
            }
        ),
    ),
    "command": Wrapper(),
    "builtin": Wrapper(),
    "exec": Wrapper(frozenset({"-a"})),
    "coproc": Wrapper(),
    "busybox": Wrapper(),
    "toybox": Wrapper(),
    "strace": Wrapper(frozenset({"-e", "-o", "-p", "-s", "-P", "-u"}), risk="medium"),
    "ltrace": Wrapper(frozenset({"-e", "-o", "-p", "-s", "-l", "-u"}), risk="medium"),
    "valgrind": Wrapper(risk="medium"),
    "catchsegv": Wrapper(),
    "xvfb-run": Wrapper(frozenset({"-s", "-n", "-e", "-f"}), risk="medium"),
    "dbus-run-session": Wrapper(risk="medium"),
}
"""Programs that start another one."""

RUNNERS: Mapping[tuple[str, str], frozenset[str]] = {
    ("uv", "run"): frozenset({"--with", "--extra", "--group", "-p", "--python", "--project", "--directory"}),
    ("poetry", "run"): _NONE,
    ("pdm", "run"): _NONE,
    ("pipenv", "run"): _NONE,
    ("hatch", "run"): _NONE,
    ("bundle", "exec"): _NONE,
    ("coverage", "run"): frozenset({"--source", "--rcfile", "--omit", "--include", "--data-file"}),
}
"""Sub-commands that start another program; their options whose value is the next word."""

VARIABLES = re.compile(
    r"PATH|LD_\w+|DYLD_\w+|BASH_ENV|ENV|IFS|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|GIT_\w+|SSH_\w+|EDITOR|VISUAL|PAGER|"
    r"MANPAGER|BROWSER|NODE_OPTIONS|PYTHON(STARTUP|HOME|BREAKPOINT|INSPECT)|PERL5(OPT|LIB|DB)|RUBYOPT|JAVA_TOOL_OPTIONS|"
    r"_JAVA_OPTIONS|MAVEN_OPTS|RUSTC_WRAPPER|RUSTC|CC|CXX|MAKEFLAGS|\w+_(proxy|PROXY)"
)
"""Variables that have other programs run than the words name."""
INSTALLED = re.compile(r"(\./)?(node_modules/\.bin|\.?venv/bin|vendor/bin)/[^/]+")
"""Tools that a project has of its own, which are known by their names."""
NETWORK_FILE = re.compile(r"/dev/(tcp|udp)/")
FREE_PLACES = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/fd/", "/dev/stdin", "/tmp/", "/dev/shm/")  # noqa: S108 - the sandbox's own
GIT_PLACE = re.compile(r"(?i)(^|/)\.git(/|$)")
