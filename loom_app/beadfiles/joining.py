"""Lines of the very version that Loom has. The beads tool dates neither labels nor dependencies nor comments, and its
newer versions keep whole seconds: of such a line what it adds to these lists is taken, and nothing else. Pure.
"""

from dataclasses import fields, replace
from datetime import datetime

from loom_app.beadfiles.record import UNKNOWN_TIME, Record, Remark
from loom_app.kernel.clock import to_the_second

LISTS = ("tags", "links", "remarks")
TIMES = ("created_at", "updated_at", "closed_at", "due_date", "defer_until")


def same_age(line: datetime | None, ours: datetime | None) -> bool:
    """Whether a time of a line and one of Loom's are the same, the line's perhaps rounded to the second."""
    if line is None or ours is None or line == ours:
        return line == ours
    return not line.microsecond and line == to_the_second(ours)


def same_remark(theirs: Remark, ours: Remark) -> bool:
    """Whether two comments are one: by their ids, and where one has none by who said what when."""
    if theirs.file_id and ours.file_id:
        return theirs.key() == ours.key()
    if (theirs.author, theirs.content) != (ours.author, ours.content):
        return False
    moments = theirs.created_at, ours.created_at
    return UNKNOWN_TIME in moments or same_age(*moments) or same_age(*reversed(moments))


def joined(ours: Record, theirs: Record) -> Record:
    """Loom's bead with the labels, dependencies and comments that only the line has."""
    targets = {link.depends_on_id for link in ours.links}
    new_links = [link for link in theirs.links if link.depends_on_id not in targets]
    new_remarks = [said for said in theirs.remarks if not any(same_remark(said, other) for other in ours.remarks)]
    return replace(
        ours,
        tags=list(dict.fromkeys([*ours.tags, *theirs.tags])),
        links=(*ours.links, *new_links),
        remarks=(*ours.remarks, *new_remarks),
    )


def differing(ours: Record, theirs: Record) -> list[str]:
    """The fields apart from those lists in which the line says something else."""
    return [
        field.name
        for field in fields(Record)
        if field.name not in LISTS
        and not (field.name in TIMES and same_age(getattr(theirs, field.name), getattr(ours, field.name)))
        and getattr(ours, field.name) != getattr(theirs, field.name)
    ]
