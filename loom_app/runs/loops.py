"""Whether a run goes in circles: told from what its actions asked for, what came of them, and what was new in that."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from loom_app.actions.types import CORE
from loom_app.runs.traces import Done, shape

WINDOW = 60
"""How many of the newest turns are looked at."""
LEARNT, MOVED = 1.0, 2.5
"""How much standing still a turn makes up for that brought something new, and one that got the work on."""
WARN, CHANGE, END = 3.5, 5.5, 8.5
"""From how many turns' worth of standing still the model is warned, told otherwise, and stopped."""
FRESH_SHARE = 0.1
"""What share of the lines read must be new for reading to have brought something."""
FRESH_WORK = 0.3
"""What share of the lines of a new file must be new for it to be new work."""
PATIENCE = 4
"""How often tests are run again without a change before that counts in full: some look for one that is not steady."""


class Level(IntEnum):
    """How far it has come."""

    FINE = 0
    WARNED = 1
    CHANGED = 2
    ENDED = 3


class Stall(IntEnum):
    """In what way a turn brought nothing new. The later ones say more than the earlier."""

    NONE = 0
    NOTHING = 1
    REPEATED = 2
    ERROR = 3
    REREAD = 4
    RETEST = 5
    REWRITTEN = 6
    UNMOVED = 7
    BACK_AND_FORTH = 8
    FAULT = 9


@dataclass(frozen=True)
class Mark:
    """What one action was worth: `cost` in turns of standing still, below zero for something new."""

    cost: float
    stall: Stall = Stall.NONE
    done: Done | None = None


NEW, PROGRESS = Mark(-LEARNT), Mark(-MOVED)
NEUTRAL = Mark(0.0)
AGAIN, OTHERWISE, ONCE_MORE, WAITED, NUMBERS = 1.0, 0.75, 0.5, 0.4, 0.25
"""The same thing again; another attempt at the same result; the second time of all; waiting; mere other numbers."""

_WAITS = re.compile(r"\bsleep\s+[\d.]|\bwait\b|\bwatch\b|--watch|\btail\s+-f|\buntil\b|\bwhile\b")
_WRITES = re.compile(
    r"(?<![0-9&])>|\bsed\s+-i|^\s*(?:mv|cp|rm|tee|patch|touch|mkdir|ln|chmod)\s|--(?:fix|write|in-place|apply)\b|"
    r"\b(?:git|npm|pip|go|cargo|yarn|bundle|make|poetry|uv)\s+(?:\S+\s+)?"
    r"(?:install|ci|checkout|stash|restore|apply|revert|reset|add|rm|mv|generate|migrate|fmt|format|get|bisect)\b"
)


@dataclass(frozen=True)
class Finding:
    """How long a run has stood still, and what it did meanwhile, newest last."""

    level: Level = Level.FINE
    stalled: tuple[Mark, ...] = ()


def look(turns: Sequence[Sequence[Done] | None]) -> Finding:
    """Where the run stands after these turns; None is a turn whose reply could not be read."""
    return deque(findings(turns[-WINDOW:]), maxlen=1).pop() if turns else Finding()


def findings(turns: Iterable[Sequence[Done] | None]) -> Iterator[Finding]:
    """Where the run stands after each of these turns."""
    walk, still, marks = _Walk(), 0.0, list[Mark]()
    for turn in turns:
        mark = Mark(AGAIN, Stall.FAULT) if turn is None else walk.turn(turn)
        still = max(0.0, still + mark.cost)
        if not still:
            marks = []
        elif mark.cost > 0:
            marks.append(mark)
        passed = sum(still >= bound for bound in (WARN, CHANGE, END))
        yield Finding(Level(passed), tuple(marks))


@dataclass(frozen=True)
class Earlier:
    """The last time of an action: what it answered, the changes and new works by then, how often it was asked."""

    heard: frozenset[str]
    changes: int
    works: int
    times: int


@dataclass
class _Walk:
    """What is known so far on a walk through the turns."""

    lines: set[str] = field(default_factory=set)
    asked: dict[str, Earlier] = field(default_factory=dict)
    """What each action answered last."""
    states: set[tuple[str, str]] = field(default_factory=set)
    own: dict[str, set[str]] = field(default_factory=dict)
    """The lines written to each path."""
    judged_at: dict[str, int] = field(default_factory=dict)
    """By path, how much had been learnt when it was written last."""
    read: set[str] = field(default_factory=set)
    changes: int = 0
    works: int = 0
    """How many changes were new work in a new file."""
    committed: int = 0
    learnt: int = 0

    def turn(self, actions: Iterable[Done]) -> Mark:
        """The worth of a turn: something new if any of its actions brought that, else the worst of them."""
        marks = [self.action(done) for done in actions]
        best = min(marks, key=lambda mark: mark.cost, default=NEUTRAL)
        if best.cost < 0:
            self.learnt += 1
            return best
        return max(marks, key=lambda mark: (mark.cost, mark.stall), default=Mark(AGAIN, Stall.NOTHING))

    def action(self, done: Done) -> Mark:
        """The worth of one action."""
        asked, heard = done.as_asked(), done.heard()
        said = done.said()
        new = done.untold(heard - self.lines - said)
        before = self.asked.get(asked)
        mark = self._judge(done)(done, new, heard, before)
        times = before.times if before else 0
        self.asked[asked] = Earlier(heard, self.changes, self.works, times + 1)
        self.lines |= said | heard
        return Mark(ONCE_MORE if mark.cost > 0 and times == 1 else mark.cost, mark.stall, done)

    def _judge(self, done: Done) -> Callable[..., Mark]:
        if done.status in ("error", "skipped"):
            return self._failed
        if done.status != "executed":
            return lambda *_: NEUTRAL
        if done.is_verdict:
            return self._verdict
        kind = CORE.get(done.type)
        return self._reading if kind is not None and kind.effect == "read" else self._change

    def _failed(self, _: Done, new: frozenset[str], __: frozenset[str], before: object) -> Mark:
        if new:
            return NEUTRAL
        return Mark(OTHERWISE if before is None else AGAIN, Stall.ERROR)

    def _verdict(self, done: Done, new: frozenset[str], heard: frozenset[str], before: Earlier | None) -> Mark:
        if before is None:
            return self._first_verdict(done, new, heard)
        moved = self.changes > before.changes
        self.learnt += moved
        if new and shape(heard) == shape(before.heard):
            return Mark(NUMBERS if done.is_good or moved else OTHERWISE, Stall.REPEATED)
        if new or (done.is_good and moved):
            return PROGRESS if moved else NEW
        if moved and not _WAITS.search(_command(done)):
            return Mark(ONCE_MORE if self.works > before.works else AGAIN, Stall.UNMOVED)
        return _the_same_verdict(done, before)

    def _first_verdict(self, done: Done, new: frozenset[str], heard: frozenset[str]) -> Mark:
        wrote = done.is_good and (len(heard) <= 1 or _WRITES.search(_command(done)))
        self.changes += bool(wrote)
        if new:
            return NEW
        if wrote:
            return NEUTRAL
        return Mark(OTHERWISE, Stall.NOTHING if done.is_good else Stall.ERROR)

    def _reading(self, done: Done, new: frozenset[str], heard: frozenset[str], before: Earlier | None) -> Mark:
        path = f"{done.type} {done.parameters.get('path', '')}"
        known_path = path in self.read or done.type != "read_file"
        self.read.add(path)
        if new and len(new) >= FRESH_SHARE * len(heard):
            return NEW
        if before is not None:
            return NEUTRAL if self.changes > before.changes else Mark(AGAIN, Stall.REREAD)
        return Mark(OTHERWISE, Stall.REREAD if heard else Stall.NOTHING) if known_path else NEUTRAL

    def _change(self, done: Done, _: frozenset[str], __: frozenset[str], before: Earlier | None) -> Mark:
        if done.type == "git_commit":
            made, self.committed = self.changes > self.committed, self.changes
            return PROGRESS if made else Mark(AGAIN, Stall.REPEATED)
        states = set(done.digests.items()) or {(done.as_asked(), "")}
        if states <= self.states:
            return Mark(AGAIN, Stall.BACK_AND_FORTH if done.digests else Stall.REPEATED)
        self.states |= states
        self.changes += 1
        return self._written(done) if done.digests else NEW if before is None else NEUTRAL

    def _written(self, done: Done) -> Mark:
        """A file as it never was: new work in a new file; a change to an own file counts once something judged it."""
        written, gone = _put(done), _gone(done)
        fresh, own = written - self.lines, set[str]().union(*(self.own.get(path, ()) for path in done.digests))
        new_path = any(path not in self.own for path in done.digests)
        unjudged = all(self.judged_at.get(path) == self.learnt for path in done.digests)
        for path in done.digests:
            self.own.setdefault(path, set()).update(written)
            self.judged_at[path] = self.learnt
        if new_path:
            is_work = not written or len(fresh) >= FRESH_WORK * len(written)
            self.works += is_work
            return NEW if is_work else NEUTRAL
        if unjudged and done.type == "write_file":
            return Mark(AGAIN, Stall.REWRITTEN)
        return Mark(OTHERWISE, Stall.REWRITTEN) if unjudged and gone and gone <= own else NEUTRAL


def _the_same_verdict(done: Done, before: Earlier) -> Mark:
    """What a program is worth that was run again and said the same, with nothing changed between."""
    if _WAITS.search(_command(done)):
        return Mark(WAITED, Stall.REPEATED)
    if done.type == "run_tests":
        return Mark(OTHERWISE if before.times < PATIENCE else AGAIN, Stall.RETEST)
    return Mark(AGAIN, Stall.REPEATED)


def _command(done: Done) -> str:
    return str(done.parameters.get("command", ""))


def _put(done: Done) -> frozenset[str]:
    """The lines a change puts into a file."""
    return _of(done, "new_text") - _of(done, "old_text") if "new_text" in done.parameters else done.said()


def _gone(done: Done) -> frozenset[str]:
    """The lines it takes out."""
    return _of(done, "old_text") - _of(done, "new_text")


def _of(done: Done, name: str) -> frozenset[str]:
    return Done(done.type, {name: done.parameters.get(name) or ""}, "").said()
