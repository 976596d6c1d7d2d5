"""How far a command reaches, told from its words: by what each program in it is known to do."""

import ast
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from loom_app.sandbox.bubblewrap import SYSTEM_PATH, search_path
from loom_app.sandbox.policy import table
from loom_app.sandbox.policy.shell import Call, Target, Word, read
from loom_app.sandbox.policy.table import RISKS, Program, Risk, Wrapper

DEEPEST = 6
"""How many command lines within command lines are read."""
LONGEST_SHOWN = 60
_SYSTEM = frozenset({*SYSTEM_PATH.split(":"), f"{sys.base_prefix}/bin"})
_CLUSTER = re.compile(r"-[A-Za-z]+")


@dataclass(frozen=True)
class Finding:
    """One thing a command does: its risk and why, as a part of a sentence.

    `words` are those of the program, sub-command first and `?` for what is not known; rules speak of them. Without
    them no rule can take the risk away. `shape` are the words that tell what kind of command it is.
    """

    risk: Risk
    why: str
    words: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """Everything a command does, as far as can be told."""

    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """What decides the command's risk."""
        return max(self.findings, key=lambda finding: RISKS.index(finding.risk))


def assess(argv: Sequence[str], root: Path) -> Assessment:
    """What the command does that `argv` starts in the worktree `root`."""
    return Assessment(tuple(_Reader(str(root)).call(Call(tuple(argv)), 0)) or (Finding("low", "it starts no program"),))


class _Reader:
    def __init__(self, root: str) -> None:
        self._root = root
        self._functions: frozenset[str] = frozenset()

    def call(self, call: Call, depth: int) -> Iterator[Finding]:
        for name in call.variables:
            yield from _variable(name)
        for target in call.targets:
            yield from self._target(target)
        if call.words:
            yield from self._program(list(call.words), call.stdin, depth)

    def _line(self, text: Word, depth: int) -> Iterator[Finding]:
        if text is None:
            yield Finding("unknown", "a part of it is only known once the shell has worked it out")
            return
        if depth >= DEEPEST:
            yield Finding("unknown", "it has command lines within command lines")
            return
        line = read(text)
        if line.unclear:
            yield Finding("unknown", line.unclear)
        self._functions |= line.functions
        for call in line.calls:
            yield from self.call(call, depth + 1)

    def _program(self, words: list[Word], stdin: Word, depth: int) -> Iterator[Finding]:
        first, further = words[0], words[1:]
        if first is None:
            yield Finding("unknown", "which program it starts is only known once the shell has worked it out")
            return
        name = PurePosixPath(first).name or first
        if "/" in first and not (str(PurePosixPath(first).parent) in _SYSTEM or table.INSTALLED.match(first)):
            yield self._own(first, words)
        elif name not in self._functions:
            yield from self._named(name, further, stdin, depth)

    def _named(self, name: str, further: list[Word], stdin: Word, depth: int) -> Iterator[Finding]:
        if name in table.SHELLS:
            yield from self._shell(name, further, stdin, depth)
        elif name == "eval":
            yield from self._line(None if None in further else " ".join(filter(None, further)), depth)
        elif name == "trap" and further:
            yield from self._line(further[0], depth)
        elif table.PYTHONS.fullmatch(name):
            yield from self._python(name, further, depth)
        elif name in table.WRAPPERS:
            yield from self._wrapped(name, table.WRAPPERS[name], further, depth)
        elif further and isinstance(further[0], str) and (name, further[0]) in table.RUNNERS:
            wrapper = Wrapper(table.RUNNERS[name, further[0]])
            yield from self._wrapped(f"{name} {further[0]}", wrapper, further[1:], depth)
        else:
            yield from self._listed(name, further)
            if name in {"find", "fd"}:
                yield from self._executed(further, depth)

    def _own(self, first: str, words: list[Word]) -> Finding:
        inside = not os.path.normpath(first).startswith("..") if first[0] != "/" else first.startswith(f"{self._root}/")
        shown = _known(words)
        if inside:
            return Finding("medium", f"{_short(first)} is a program of the worktree", shown, shown[:1])
        return Finding("unknown", f"{_short(first)} lies outside the worktree", shown, shown[:1])

    def _shell(self, name: str, words: list[Word], stdin: Word, depth: int) -> Iterator[Finding]:
        takes_line, ahead = False, list(words)
        while ahead and isinstance(ahead[0], str) and ahead[0][:1] in {"-", "+"} and len(ahead[0]) > 1:
            option = ahead.pop(0) or ""
            takes_line = takes_line or (bool(_CLUSTER.fullmatch(option)) and "c" in option)
            if option in {"-o", "+o", "-O", "+O", "--rcfile", "--init-file"} and ahead:
                ahead.pop(0)
        shown = (name, *_known(words))
        if takes_line and ahead:
            yield from self._line(ahead[0], depth)
        elif ahead and ahead[0] is not None and ahead[0] != "-":
            yield Finding("medium", f"it runs the file {_short(ahead[0])}", shown, shown[:2])
        elif set(_known(words)) & {"--version", "--help"}:
            yield Finding("low", "it tells its version", shown, (name,))
        elif stdin is not None:
            yield from self._line(stdin, depth)
        else:
            yield Finding("unknown", f"{name} takes its commands from elsewhere", shown, (name,))

    def _python(self, name: str, words: list[Word], depth: int) -> Iterator[Finding]:
        ahead = list(words)
        shown = (name, *_known(words))
        while ahead and isinstance(ahead[0], str) and ahead[0].startswith("-") and ahead[0] != "-":
            option = ahead.pop(0) or ""
            letter = next((each for each in option[1:] if each in "cmWX"), "") if not option.startswith("--") else ""
            value: Word = option.partition(letter)[2] if letter else ""
            if letter and not value:
                value = ahead.pop(0) if ahead else ""
            if letter == "c":
                yield _code(name, value, shown)
                return
            if letter == "m":
                yield from self._module(value, ahead, shown, depth)
                return
            if option in {"--version", "-V", "-VV", "--help", "-h"}:
                yield Finding("low", "it tells its version", shown, (name,))
                return
        file = ahead[0] if ahead else "-"
        why = "it runs code that is written into it" if file in {None, "-"} else f"it runs the file {_short(str(file))}"
        yield Finding("medium", why, shown, shown[:1])

    def _module(self, module: Word, words: list[Word], shown: tuple[str, ...], depth: int) -> Iterator[Finding]:
        if module in table.PROGRAMS or module in {"coverage"}:
            yield from self._program([module, *words], None, depth)
        else:
            yield Finding("medium", f"it runs the module {_short(str(module))}", shown, shown[:3])

    def _wrapped(self, name: str, wrapper: Wrapper, words: list[Word], depth: int) -> Iterator[Finding]:
        ahead, skips = list(words), wrapper.skips
        if wrapper.risk != "low":
            yield Finding(wrapper.risk, f"{name} looks into other programs", (name, *_known(words)), (name,))
        while ahead:
            word = ahead[0]
            if isinstance(word, str) and word.startswith("-") and len(word) > 1:
                if any(word == option or word.startswith(f"{option}=") for option in wrapper.unclear):
                    yield Finding(
                        "unknown", f"what {name} {word} starts cannot be told", (name, *_known(words)), (name,)
                    )
                    return
                del ahead[: 2 if word in wrapper.takes else 1]
                if word == "--":
                    break
            elif isinstance(word, str) and re.match(r"[A-Za-z_]\w*=", word) and name == "env":
                yield from _variable(word.partition("=")[0])
                ahead.pop(0)
            elif skips:
                ahead.pop(0)
                skips -= 1
            else:
                break
        if not ahead:
            yield Finding("low", f"{name} starts nothing", (name, *_known(words)), (name,))
            return
        # What xargs reads comes behind the words that are here.
        yield from self._program([*ahead, None] if name == "xargs" else ahead, None, depth)

    def _listed(self, name: str, words: list[Word]) -> Iterator[Finding]:
        known = table.PROGRAMS.get(name)
        if known is None:
            shown = (name, *_known(words))
            if shutil.which(name, path=search_path()) is None:
                yield Finding("low", f"{_short(name)} is not installed here", shown, shown[:1])
                return
            yield Finding("unknown", f"nothing is known of the program {_short(name)}", shown, shown[:1])
            return
        further = _behind_options(words, known) if known.kinds else list(words)
        shown = (name, *_known(further))
        yield self._by_kind(name, known, further, shown)
        for word in words:
            risk = next((risk for form, risk in known.options if word is not None and form.fullmatch(word)), None)
            if risk is not None:
                yield Finding(risk, f"{name} is given {_short(str(word))}", shown, shown[: 2 if known.kinds else 1])
        for word in _changed(words, known):
            yield from self._place(word)

    def _by_kind(self, name: str, known: Program, further: list[Word], shown: tuple[str, ...]) -> Finding:
        if not known.kinds:
            return Finding(known.risk, _told(name, known.risk), shown, (name,))
        kind = further[0] if further else ""
        if kind is None:
            return Finding(
                "unknown", f"what {name} is to do is only known once the shell has worked it out", shown, shown
            )
        risk = known.kinds.get(kind, known.risk)
        shape = shown[:2] if kind in known.kinds else shown[: 2 if known.risk != "unknown" else len(shown)]
        return Finding(risk, _told(f"{name} {kind}".strip(), risk), shown, shape)

    def _executed(self, words: list[Word], depth: int) -> Iterator[Finding]:
        for at, word in enumerate(words):
            if word in table.EXECS:
                ends = (place for place in range(at + 1, len(words)) if words[place] in {";", "+"})
                inner = words[at + 1 : next(ends, len(words))]
                yield from self._program(inner, None, depth) if inner else ()

    def _target(self, target: Target) -> Iterator[Finding]:
        if target.path is not None and table.NETWORK_FILE.match(target.path):
            yield Finding("high", "it opens a connection")
        elif target.written and target.path is not None:
            yield from self._place(target.path)

    def _place(self, path: str) -> Iterator[Finding]:
        clear = os.path.normpath(path)
        if table.GIT_PLACE.search(clear):
            yield Finding("high", f"it changes {_short(path)}, which is git's own")
        elif path.startswith("~") or (path.startswith("/") and not self._may_change(clear)):
            yield Finding("high", f"it changes {_short(path)}, outside the worktree")
        elif clear.startswith(".."):
            yield Finding("medium", f"it changes {_short(path)}, which may lie outside the worktree")

    def _may_change(self, path: str) -> bool:
        return path == self._root or path.startswith((f"{self._root}/", *table.FREE_PLACES))


def _variable(name: str) -> Iterator[Finding]:
    if table.VARIABLES.fullmatch(name):
        yield Finding("medium", f"it sets {_short(name)}, so that other programs may run than it names")


def _code(name: str, code: Word, shown: tuple[str, ...]) -> Finding:
    try:
        body = ast.parse(code or "").body if code is not None else [ast.Pass()]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        body = [ast.Pass()]
    if body and all(isinstance(step, ast.Import) for step in body):
        return Finding("low", f"{name} looks what is installed", shown, (name,))
    return Finding("medium", f"{name} runs code that stands on the line", shown, (name,))


def _behind_options(words: list[Word], known: Program) -> list[Word]:
    ahead = list(words)
    while ahead and isinstance(ahead[0], str) and ahead[0].startswith(("-", "+")):
        del ahead[: 2 if ahead[0] in known.takes else 1]
    return ahead


def _changed(words: list[Word], known: Program) -> list[str]:
    """The words that name what the program changes."""
    named = [word for word in words if word is not None and not word.startswith(("-", "if="))]
    by_option = any(word is not None and word.startswith(("-t", "--target-directory")) for word in words)
    if known.places == "last" and not by_option:
        named = named[-1:]
    return [word.removeprefix("of=") for word in named] if known.places else []


def _told(what: str, risk: Risk) -> str:
    return {
        "low": f"{_short(what)} reads, builds or tests",
        "medium": f"{_short(what)} changes much at once or runs what a file says",
        "high": f"{_short(what)} reaches out of the worktree",
        "unknown": f"nothing is known of {_short(what)}",
    }[risk]


def _known(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple("?" if word is None else word for word in words)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"
