"""What a run that is over teaches, found in the gists of its turns. Pure: no model is asked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from loom_app.context.gist import Fact, Step
from loom_app.lessons.models import Category

MOST_A_RUN = 8
DETAIL, NOTE = 1_500, 300
JUDGING = re.compile(
    r"^(run_tests|run_linter|build_project)\b|"
    r"\b(pytest|unittest|tox|nox|ruff|mypy|pyright|flake8|pylint|npm|pnpm|yarn|npx|bun|jest|vitest|eslint|tsc|go (test|"
    r"build|vet)|cargo|make|cmake|ninja|gcc|g\+\+|clang|javac|mvn|gradle|dotnet|rspec|rake|phpunit|mix|swift|zig)\b"
)
"""Checks whose failure says something about the code."""
COMPILING = re.compile(
    r"^(run_linter|build_project)\b|\b(build|tsc|mypy|pyright|ruff|eslint|vet|gcc|g\+\+|clang|javac|cmake|ninja)\b|"
    r"SyntaxError|cannot find symbol|error\[E\d|error TS\d|undefined reference|undefined:"
)

COMPLAINT = re.compile(r"error|fail|assert|expected|panic|undefined|missing", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A lesson before it is written down. `signature` is what makes it the same as another."""

    category: Category
    title: str
    detail: str
    signature: str
    files: Sequence[str] = ()


@dataclass
class _Open:
    """A check that failed and has not passed since."""

    turn: int
    detail: str
    changed: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def found_in(steps: Sequence[Step]) -> list[Finding]:
    """What the turns of a run teach: failures with what mended them, and edits that went through at last."""
    return [*dict.fromkeys([*_mended(steps), *_edits(steps)])][:MOST_A_RUN]


def circling(message: str, steps: Sequence[Step]) -> Finding:
    """A run that was ended because it went in circles."""
    notes = next((step.gist.notes for step in reversed(steps) if step.gist.notes), "")
    said = f"\nIts agent said last: {notes[:NOTE]}" if notes else ""
    head = _line(message)
    return Finding(Category.LOOP_PATTERN, f"Went in circles: {head}"[:200], f"{message}{said}"[:DETAIL], head)


SEND_BACK = "send_back"
"""What a decision says that has work done again."""


def sent_back(message: str) -> Finding:
    """Work that a review sent back."""
    return Finding(Category.REVIEW, f"A review asked for more: {_line(message)}"[:200], message[:DETAIL], message)


def answered(entry: dict[str, Any]) -> Finding | None:
    """A person's answer, where it says more than yes or no."""
    question, answer = str(entry.get("question") or ""), str(entry.get("decision") or "")
    reason = " ".join(str(entry.get(key) or "") for key in ("rationale", "changes")).strip()
    if not question or (len(reason) < 12 and len(answer) < 25):
        return None
    if entry.get("by") and answer == SEND_BACK:
        return sent_back(f"{entry['by']}: {reason}")
    detail = f"Question: {question}\nAnswer: {answer}. {reason}".strip()[:DETAIL]
    return Finding(Category.CONVERSATION_INSIGHT, f"People decided: {_line(question)}"[:200], detail, question)


def _mended(steps: Sequence[Step]) -> Iterator[Finding]:
    failing: dict[str, _Open] = {}
    for step in steps:
        for fact in step.gist.facts:
            if fact.kind == "change":
                for one in failing.values():
                    one.changed[fact.subject] = None
            if fact.kind != "check" or not JUDGING.search(fact.subject):
                continue
            if not fact.ok:
                failing.setdefault(fact.subject, _Open(step.number, fact.detail))
            elif (mended := failing.pop(fact.subject, None)) and mended.changed:
                yield _mend(fact.subject, mended, step.number)
        for one in failing.values():
            one.notes += [step.gist.notes[:NOTE]] if step.gist.notes and step.number > one.turn else []


def _mend(check: str, failure: _Open, turn: int) -> Finding:
    head, _, output = failure.detail.partition("\n")
    category = Category.COMPILER_ERROR if COMPILING.search(f"{check}\n{output}") else Category.TEST_FAILURE
    files = list(failure.changed)[:10]
    passed = f"It passed after {turn - failure.turn} more turns, with changes to {', '.join(files)}."
    detail = f"{failure.detail[:700]}\n\n{passed}"
    if failure.notes:
        detail += f"\nThe agent said: {' '.join(failure.notes[-2:])}"
    what = head.partition("Failed: ")[2] or next(filter(COMPLAINT.search, reversed(output.splitlines())), head)
    return Finding(category, f"{check}: {_line(what)}"[:200], detail[:DETAIL], f"{check}\n{what}", tuple(files))


def _edits(steps: Sequence[Step]) -> Iterator[Finding]:
    refused: dict[str, Fact] = {}
    for step in steps:
        for fact in step.gist.facts:
            path = _path_of(fact)
            if path:
                refused.setdefault(path, fact)
            elif fact.kind == "change" and (before := refused.pop(fact.subject, None)):
                said = f"\nThe agent said: {step.gist.notes[:NOTE]}" if step.gist.notes else ""
                reason = before.detail.partition(": ")[2]
                detail = f"{before.subject} on {fact.subject} was refused: {reason}\nThen this did: {fact.detail}{said}"
                title = f"Editing {fact.subject}: {_line(reason)}"[:200]
                yield Finding(
                    Category.EDIT_FAILURE, title, detail[:DETAIL], f"{fact.subject}\n{reason}", (fact.subject,)
                )


def _path_of(fact: Fact) -> str:
    """The file an edit that was refused was of; "" for anything else."""
    is_edit = fact.kind == "error" and fact.subject in ("edit_code", "apply_patch", "write_file")
    return fact.detail.partition(": ")[0] if is_edit and ": " in fact.detail else ""


def _line(text: str) -> str:
    return " ".join(text.split())[:150]
