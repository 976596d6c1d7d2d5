"""What becomes of a command: by its risk, by rules, by roles."""

from pathlib import Path

import pytest

from loom_app.config import CommandSettings
from loom_app.sandbox.commands import shell
from loom_app.sandbox.policy.risk import assess
from loom_app.sandbox.policy.rules import Rule, Ruling, courses, judge, of_settings

WALLS = courses(CommandSettings(), confined=True)
NO_WALLS = courses(CommandSettings(), confined=False)


def ruling(line: str, *rules: Rule, role: str = "qa-engineer", confined: bool = True) -> Ruling:
    return judge(line, assess(shell(line), Path("/w")), rules, role, WALLS if confined else NO_WALLS)


@pytest.mark.parametrize(
    ("line", "course", "without_walls"),
    [("ls", "run", "run"), ("./x", "run", "ask"), ("curl x", "ask", "ask"), ("$X", "ask", "ask")],
)
def test_by_risk_alone(line: str, course: str, without_walls: str) -> None:
    assert ruling(line).course == course
    assert ruling(line, confined=False).course == without_walls


def test_what_was_asked_for_is_named_as_a_kind_of_command_or_as_the_line_itself() -> None:
    assert ruling("git push origin x && curl a; curl b").patterns == ("git push", "curl")
    assert ruling("echo x > /etc/y").patterns == ("echo x > /etc/y",)
    assert ruling("curl x | $Y").patterns == ("curl x | $Y",)
    for line in ("git push origin x && curl a; curl b", "echo x > /etc/y", "curl x | $Y", "git $X"):
        allowed = [Rule(pattern, allowed=True) for pattern in ruling(line).patterns]
        assert ruling(line, *allowed).course == "run"


def test_an_allowed_kind_lets_nothing_else_through() -> None:
    push = Rule("git push", allowed=True)
    assert ruling("git push origin main", push).course == "run"
    assert "git push" in ruling("git push origin main", push).rule
    for line in (
        "git push; curl x",
        "git fetch",
        "git push > /etc/x",
        "git pushy",
        "$(git push)",
        "sh -c 'git push; $X'",
    ):
        assert ruling(line, push).course == "ask", line


def test_refusing_wins_and_reaches_into_lines() -> None:
    rules = (Rule("npm", allowed=True), Rule("npm publish", allowed=False), Rule("ls", allowed=False))
    assert ruling("npm ci", *rules).course == "run"
    assert ruling("npm publish", *rules).course == "refuse"
    assert ruling("true && (ls)", *rules).course == "refuse"
    assert ruling("find . -exec ls {} +", *rules).course == "refuse"


def test_stars_and_roles() -> None:
    rule = Rule("git push origin agent/*", allowed=True, roles=("devops-engineer",))
    assert ruling("git push origin agent/x", rule, role="devops-engineer").course == "run"
    assert ruling("git push origin main", rule, role="devops-engineer").course == "ask"
    assert ruling("git push origin agent/x", rule).course == "ask"


@pytest.mark.parametrize("pattern", ["", " ", "[", "*x[", "git push  "])
def test_odd_patterns_do_no_harm(pattern: str) -> None:
    assert ruling("curl x", Rule(pattern, allowed=True)).course == "ask"


def test_settings_speak_for_every_project() -> None:
    wanted = CommandSettings(high="refuse", medium="ask", allow=["curl"], refuse=["rm"])
    rules = of_settings(wanted)
    by = courses(wanted, confined=False)
    said = [
        judge(line, assess(shell(line), Path("/w")), rules, "x", by).course for line in ("curl x", "wget x", "rm x")
    ]
    assert said == ["run", "refuse", "refuse"]
    assert "the settings" in judge("rm x", assess(["rm", "x"], Path("/w")), rules, "x", by).rule


def test_without_walls_nothing_is_asked_less() -> None:
    assert courses(CommandSettings(medium="refuse", medium_without_walls="run"), confined=False)["medium"] == "refuse"
