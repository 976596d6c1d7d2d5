"""Whether a command runs, is refused or waits for leave: by its risk, and by what people said of its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import get_args

from loom_app.config import CommandSettings, Course
from loom_app.sandbox.policy.risk import Assessment, Finding
from loom_app.sandbox.policy.table import Risk

COURSES: tuple[Course, ...] = get_args(Course)
LONGEST_PATTERN = 1000


@dataclass(frozen=True)
class Rule:
    """Commands whose first words fit `pattern`, in which `*` stands for anything, run or are refused.

    A pattern that is a whole command line, letter by letter, speaks of that line. `roles` are those it holds for; all
    when there are none. `origin` says whose rule it is.
    """

    pattern: str
    allowed: bool
    roles: tuple[str, ...] = ()
    origin: str = "this project"

    def fits(self, words: Sequence[str]) -> bool:
        """Whether the rule speaks of a program with these words."""
        wanted = self.pattern.split()
        if not wanted or len(wanted) > len(words):
            return False
        return all(fnmatchcase(word, form) for word, form in zip(words, wanted, strict=False))


@dataclass(frozen=True)
class Ruling:
    """What becomes of a command, its risk, and the rule that decided, as a sentence.

    `patterns` are the rules that would allow it.
    """

    course: Course
    risk: Risk
    rule: str
    patterns: tuple[str, ...] = ()


def courses(settings: CommandSettings, *, confined: bool) -> dict[Risk, Course]:
    """What becomes of a command by its risk, where bubblewrap holds it and where not."""
    medium = settings.medium if confined else max(settings.medium, settings.medium_without_walls, key=COURSES.index)
    return {"low": settings.low, "medium": medium, "high": settings.high, "unknown": settings.unknown}


def of_settings(settings: CommandSettings) -> list[Rule]:
    """The rules that hold in every project."""
    named = ((settings.allow, True), (settings.refuse, False))
    return [Rule(pattern, allowed, origin="the settings") for found, allowed in named for pattern in found]


def judge(
    line: str, assessment: Assessment, rules: Sequence[Rule], role: str, courses: Mapping[Risk, Course]
) -> Ruling:
    """The ruling on the command `line` for an agent of this role."""
    mine = [rule for rule in rules if not rule.roles or role in rule.roles]
    worst = assessment.worst
    refusing = next((rule for rule in mine if not rule.allowed and _speaks_of(rule, line, assessment)), None)
    if refusing:
        return Ruling("refuse", worst.risk, f"{_said(refusing)} refuses {refusing.pattern!r}.")
    whole = next((rule for rule in mine if rule.allowed and _is_line(rule, line)), None)
    if whole:
        return Ruling("run", worst.risk, f"{_said(whole)} allows this very command.")
    left, by = _not_allowed(assessment, mine)
    if not left:
        return Ruling("run", worst.risk, f"{_said(by)} allows {by.pattern!r}." if by else _reason(worst))
    gravest = max(left, key=lambda finding: COURSES.index(courses[finding.risk]))
    course = courses[gravest.risk]
    if course == "run":
        allowed = by is not None and worst not in left
        return Ruling("run", worst.risk, f"{_said(by)} allows {by.pattern!r}." if by and allowed else _reason(worst))
    asked = [finding for finding in left if courses[finding.risk] == course]
    return Ruling(course, gravest.risk, _reason(gravest), _patterns(line, asked))


def _speaks_of(rule: Rule, line: str, assessment: Assessment) -> bool:
    return _is_line(rule, line) or any(rule.fits(finding.words) for finding in assessment.findings)


def _is_line(rule: Rule, line: str) -> bool:
    return rule.pattern.strip() == line.strip()


def _not_allowed(assessment: Assessment, rules: Sequence[Rule]) -> tuple[list[Finding], Rule | None]:
    """The findings that no rule allows, and the rule that allowed the gravest of the others."""
    left, by = [], None
    for finding in assessment.findings:
        rule = next((rule for rule in rules if rule.allowed and finding.words and rule.fits(finding.words)), None)
        if rule is None:
            left.append(finding)
        elif by is None or finding.risk != "low":
            by = rule
    return left, by


def _patterns(line: str, asked: Sequence[Finding]) -> tuple[str, ...]:
    """What would have to be allowed: kinds of command, or the very line where it is not only those."""
    if all(finding.shape and "?" not in finding.shape for finding in asked):
        return tuple(dict.fromkeys(" ".join(finding.shape) for finding in asked))
    return (line.strip(),)


def _reason(finding: Finding) -> str:
    return f"Its risk is {finding.risk}: {finding.why}."


def _said(rule: Rule) -> str:
    return f"A rule of {rule.origin}"
