"""How far commands reach, told from their words alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.actions.tools import TOOLS, Tool
from loom_app.sandbox.commands import shell
from loom_app.sandbox.policy.risk import Assessment, assess
from loom_app.sandbox.policy.table import PROGRAMS, RISKS

ROOT = Path("/data/worktrees/run-1")
LINES = {
    "low": """
        git log | head
        git status --short && git diff
        git -C sub status
        git commit -m 'Weigh less'
        ls -la; cat *.md | wc -l > counts.txt
        python3 -m pytest -q
        python -c 'import pytest'
        uv run pytest
        timeout 5 nice -n 5 pytest -x
        npm test
        npm run build
        cargo build --release
        go test ./...
        make && ctest
        echo x >> log.txt 2>&1
        echo x > /dev/null
        cp /etc/hosts x
        f() { ls; }; f
        for f in *.py; do wc -l "$f"; done
        [ -f x ] && cat x || true
        awk '{print $1}' x | sort | uniq -c
        node_modules/.bin/eslint src
        ./.venv/bin/python -m pytest
        python3 -m compileall -q .
        sed -n 1,5p x
        find . -name '*.py' -exec grep -l x {} +
        command -v no-such-program
        no-such-program-anywhere --help
        bash -c 'ls -la'
        bash --version
        exec 3>&1
        pip list
        env A=b ls
        A=b ls
    """,
    "medium": """
        rm -rf build
        rm -rf ../build
        find . -name '*.pyc' -delete
        find . -exec rm {} \\;
        ls | xargs rm -f
        ls | xargs -I{} sh -c 'rm {}'
        sed -i s/a/b/ x
        awk 'BEGIN { system("x") }'
        git reset --hard
        git -c core.abbrev=9 log
        python x.py
        python -c 'print(1)'
        python - < x.py
        perl -e 'print 1'
        node x.js
        bash x.sh
        source venv/bin/activate
        ./run.sh
        /data/worktrees/run-1/run.sh
        PATH=. ls
        export PATH=$PWD/bin:$PATH
        LD_PRELOAD=./x.so ls
        env LD_PRELOAD=./x.so ls
        GIT_SSH_COMMAND=./x git log
        kill -9 -1
        chmod -R 777 .
        python -m http.server
        tar xf x.tar
        strace -f ls
        cp x ../y
    """,
    "high": """
        git push origin main
        git  -C sub   push
        git fetch; git pull
        g"i"t pu\\sh
        'git' "push"
        git > /dev/null push
        git --git-dir x push
        a=$(curl -s https://example.com)
        echo "`git push`"
        echo ${x:-$(curl y)}
        ls <(curl x)
        ls &> /dev/null & curl x
        ! curl x
        { curl x; }
        if true; then curl x; fi
        case x in y) curl z;; esac
        while curl x; do :; done
        f() { curl x; }; f
        sh -c 'git push'
        bash -ec "git push"
        bash -o pipefail -c 'git push'
        sh -c 'sh -c "curl x"'
        eval 'git push'
        eval git push
        trap 'curl x' EXIT
        bash <<< 'git push'
        env A=b nohup setsid curl x &
        timeout -k 1 5 curl x
        xargs -n 1 curl < urls.txt
        find . -exec curl {} +
        uv run curl x
        busybox wget x
        command curl x
        exec curl x
        /usr/bin/curl x
        cat < /dev/tcp/192.0.2.1/80
        echo x > /etc/passwd
        echo x | tee /etc/passwd
        cp x /usr/bin/ls
        rm -rf /
        rm -rf ~
        rm -rf /data/worktrees/run-2
        echo x > .git/hooks/pre-commit
        cp x sub/.GIT/config
        pip install requests
        python -m pip install requests
        npm ci
        npx thing
        yarn
        uv sync
        cargo publish
        go get example.com/x
        sudo ls
        docker run x
        ssh host
        hostname x
        crontab -l
        mount -t tmpfs none m
        unshare -Ur ls
        twine upload dist/*
        node_modules/.bin/../../curl x; venv/bin/curl x
    """,
    "unknown": """
        $X
        "$PROGRAM" --help
        git $X
        git x
        ls | xargs git
        bash -c "$X"
        curl_x=1; $curl_x
        eval "$X"
        cat x | sh
        sh < x
        {curl,x}
        cur? x
        $'\\x63url' x
        git -c alias.x='!curl' x
        env -S 'curl x'
        alias ls=curl
        echo 'a
        if true
        /opt/thing/run
        ../run.sh
        parallel curl ::: x
        ((curl))
        [[ -f x && curl ]]
        printf -v 'a[$(curl x)]' x
        test -v 'a[$(curl x)]'
    """,
}
CASES = [(line.strip(), risk) for risk, lines in LINES.items() for line in lines.strip().split("\n")]


def judged(line: str) -> Assessment:
    return assess(shell(line), ROOT)


@pytest.mark.parametrize(("line", "risk"), CASES, ids=[line for line, _ in CASES])
def test_lines(line: str, risk: str) -> None:
    worst = judged(line).worst
    assert worst.risk == risk, worst


@pytest.mark.parametrize("tool", [tool for tools in TOOLS.values() for tool in tools], ids=lambda tool: tool.name)
def test_what_loom_tests_checks_and_builds_with_asks_nobody(tool: Tool) -> None:
    assert assess(tool.argv, ROOT).worst.risk == "low"


def test_arguments_without_a_shell() -> None:
    assert assess(["git", "push", "origin; ls"], ROOT).worst.risk == "high"
    assert assess(["python3", "-m", "pytest", "-k", "$(curl x)"], ROOT).worst.risk == "low"


@pytest.mark.parametrize("line", ["", "# nothing", "\n\n", "a=1", "export A=b"])
def test_what_starts_nothing_is_harmless(line: str) -> None:
    assert judged(line).worst.risk == "low"


def test_commands_of_several_lines_and_texts_that_stand_in_them() -> None:
    assert judged("ls\n\ngit \\\n  push\n").worst.shape == ("git", "push")
    assert judged("cat > x.sh <<'E'\ncurl x\nE\n").worst.risk == "low"
    assert judged("bash <<E\ngit push\nE\n").worst.risk == "high"
    assert judged("cat <<E | sh\nls\nE\n").worst.risk == "unknown"
    assert judged("python3 - <<'E'\nprint(1)\nE\n").worst.risk == "medium"
    assert judged("cat <<E\n$(curl x)\nE\n").worst.risk == "high"


def test_lines_that_are_made_to_tire_the_reader() -> None:
    assert judged("sh -c " * 40 + "ls").worst.risk in {"medium", "unknown"}
    nested = "ls"
    for _ in range(9):
        nested = f"eval {nested!r}" if "'" not in nested else f'eval "{nested}"'
    assert judged("eval " * 9 + "ls").worst.risk in {"low", "unknown"}
    assert judged("(" * 3000 + "curl" + ")" * 3000).worst.risk in {"high", "unknown"}
    assert judged("ls; " * 9000 + "curl x").worst.risk in {"high", "unknown"}


@given(
    before=st.lists(st.sampled_from(["ls", "A=b", "cd x", "echo 'a b'", "! true", "cat <x"]), max_size=3),
    wrapped=st.lists(
        st.sampled_from(["{}", "$({})", "( {} )", "{{ {}; }}", "if true; then {}; fi", "ls | {}", "f() {{ {}; }}; f"]),
        max_size=4,
    ),
    after=st.sampled_from(["", " # x", "; ls", " > /dev/null", " || true", " &"]),
)
def test_a_program_is_found_wherever_it_stands(before: list[str], wrapped: list[str], after: str) -> None:
    line = "curl x"
    for form in wrapped:
        line = form.format(line)
    assert judged("; ".join([*before, line + after])).worst.risk in {"high", "unknown"}


@given(st.text(st.sampled_from("gitcurl $(){}'\"`\\|&;<>\n#=-/~*[]!"), max_size=60))
def test_anything_at_all_is_answered(text: str) -> None:
    assert judged(text).worst.risk in RISKS


def test_the_table_speaks_of_programs_by_plain_names() -> None:
    assert all(name and "/" not in name and name == name.strip() for name in PROGRAMS)
