"""What keeps a set of positions from being a chart, each in a sentence that says where to mend it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Seat:
    """A position as it is checked and kept in templates. `most` is how many may fill it, 0 for any number."""

    id: str
    role: str
    reports_to: str = ""
    most: int = 0
    required: bool = False
    persona: str = ""
    others: tuple[str, ...] = ()
    """Further positions it is said to report to: a fault, since each has one superior."""

    @property
    def persona_path(self) -> str:
        """The persona agents of the position are made from."""
        return self.persona or f"default/{self.role}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a position."""

    code: str
    position_id: str
    message: str


def faults(seats: Sequence[Seat]) -> list[Fault]:
    """Everything that is wrong, in the order of the positions; an empty list for a sound chart."""
    if not seats:
        return [Fault("no_positions", "", "A chart needs at least one position.")]
    by_id = {seat.id: seat for seat in seats}
    return [*_twice(seats), *_bosses(seats), *_unknown(seats, by_id), *_cycles(seats, by_id)]


def top_down(seats: Sequence[Seat]) -> list[Seat]:
    """The seats of a sound chart so that each stands below the one it reports to, else in the order given."""
    below: dict[str, list[Seat]] = {}
    known = {seat.id for seat in seats}
    for seat in seats:
        below.setdefault(seat.reports_to if seat.reports_to in known else "", []).append(seat)
    ordered: list[Seat] = []
    waiting = list(reversed(below.get("", [])))
    while waiting:
        seat = waiting.pop()
        ordered.append(seat)
        waiting += reversed(below.pop(seat.id, []))
    return ordered


def _twice(seats: Sequence[Seat]) -> Iterator[Fault]:
    for seat_id, times in Counter(seat.id for seat in seats).items():
        if times == 1:
            continue
        bosses = list(dict.fromkeys(seat.reports_to or "nobody" for seat in seats if seat.id == seat_id))
        if len(bosses) > 1:
            yield _two_bosses(seat_id, bosses)
        else:
            yield Fault("position_twice", seat_id, f"The position {seat_id} is listed {times} times. Keep one of them.")


def _bosses(seats: Sequence[Seat]) -> Iterator[Fault]:
    for seat in seats:
        if seat.others:
            yield _two_bosses(seat.id, [seat.reports_to, *seat.others])


def _two_bosses(seat_id: str, bosses: Sequence[str]) -> Fault:
    told = " and ".join(bosses)
    return Fault("two_superiors", seat_id, f"{seat_id} reports to {told}. Each position has one superior; keep one.")


def _unknown(seats: Sequence[Seat], by_id: Mapping[str, Seat]) -> Iterator[Fault]:
    for seat in seats:
        if seat.reports_to and seat.reports_to not in by_id:
            near = get_close_matches(seat.reports_to, by_id, n=1)
            hint = f" Did you mean {near[0]}?" if near else " Add it, or have it report to another or to nobody."
            message = f"{seat.id} reports to {seat.reports_to}, which the chart does not have.{hint}"
            yield Fault("unknown_superior", seat.id, message)


def _cycles(seats: Sequence[Seat], by_id: Mapping[str, Seat]) -> Iterator[Fault]:
    """Each ring once, told from the position in it that is listed first."""
    clear: set[str] = set()
    for seat in seats:
        path: list[str] = []
        at = seat.id
        while at in by_id and at not in clear and at not in path:
            path.append(at)
            at = by_id[at].reports_to
        if at in path:
            ring = path[path.index(at) :]
            told = " reports to ".join([*ring, ring[0]])
            cure = "Have one of them report to somebody else or to nobody."
            yield Fault("cycle", ring[0], f"Nobody is at the top: {told}. {cure}")
        clear.update(path)
