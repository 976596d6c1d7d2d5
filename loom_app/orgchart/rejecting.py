"""The refusal of positions that make no chart."""

from collections.abc import Sequence

from loom_app.kernel.errors import Invalid
from loom_app.orgchart.checking import Fault, Seat, faults, top_down


def sound(seats: Sequence[Seat]) -> list[Seat]:
    """The seats top down. Raises Invalid (code `org_chart_invalid`) with every fault."""
    found = faults(seats)
    if found:
        raise refused(found)
    return top_down(seats)


def refused(found: Sequence[Fault]) -> Invalid:
    """The refusal, in the words of its faults."""
    told = [{"code": fault.code, "position_id": fault.position_id, "message": fault.message} for fault in found]
    return Invalid(" ".join(fault.message for fault in found[:5]), code="org_chart_invalid", problems=told)
