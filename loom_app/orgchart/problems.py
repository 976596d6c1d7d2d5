"""What is wrong with a chart that stands: nobody in a needed seat, too many in one, a line that leads nowhere."""

from collections.abc import Iterator, Mapping, Sequence

from loom_app.kernel.errors import LoomError
from loom_app.orgchart.checking import Fault, Seat, faults
from loom_app.personas import service as personas

Holders = Mapping[str, Sequence[tuple[str, str]]]
"""Position → (name, role) of each agent who fills it."""


def problems(seats: Sequence[Seat], holders: Holders) -> list[Fault]:
    """Everything that people had better mend, in the order of the positions."""
    return [*faults(seats), *(fault for seat in seats for fault in _of(seat, holders.get(seat.id, ())))]


def over_capacity(seats: Sequence[Seat], holders: Holders) -> list[Fault]:
    """The seats that more agents fill than may."""
    return [fault for seat in seats for fault in _crowded(seat, holders.get(seat.id, ()))]


def _of(seat: Seat, filled: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    if seat.required and not filled:
        message = (
            f"The required position {seat.role} is empty. Assign an agent to it, or make one from {seat.persona_path}."
        )
        yield Fault("required_empty", seat.id, message)
    yield from _crowded(seat, filled)
    try:
        personas.get_persona(seat.persona_path)
    except LoomError as error:
        message = f"Nobody can be made for the position {seat.role}: {error.message}"
        yield Fault("persona_unusable", seat.id, message)
    for name, role in filled:
        if role != seat.role:
            message = (
                f"{name} fills the position {seat.role} with the persona of a {role}. Move it, or change its persona."
            )
            yield Fault("other_role", seat.id, message)


def _crowded(seat: Seat, filled: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    if seat.most and len(filled) > seat.most:
        names = ", ".join(name for name, _ in filled)
        message = (
            f"The position {seat.role} takes {seat.most} and is filled by {len(filled)}: {names}. Move somebody to "
            "another position, or let it take more."
        )
        yield Fault("over_capacity", seat.id, message)
