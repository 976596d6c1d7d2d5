"""A text looked at without doing anything: what it asks for, what is wrong with it, and whether a role may have it."""

from collections.abc import Sequence

from loom_app.config import TemporalLanguage
from loom_app.temporal_language import judging
from loom_app.temporal_language.grammar import Fault, Instruction
from loom_app.temporal_language.parser import parse
from loom_app.temporal_language.rights import rights_of_role
from loom_app.temporal_language.schemas import Checked, FaultView, InstructionView


def check(text: str, role: str, of: TemporalLanguage) -> Checked:
    """What would become of `text` from an agent of the persona `role`; of anybody's where that is empty."""
    parsed = parse(text)
    rights = rights_of_role(role) if role else None
    told = [_told(each, number, rights, of) for number, each in enumerate(parsed.instructions)]
    return Checked(
        ok=is_sound(told, parsed.faults),
        role=role,
        may=None if rights is None else sorted(rights),
        instructions=told,
        errors=[_fault(fault) for fault in parsed.faults],
        remarks=[_fault(fault) for fault in parsed.remarks],
        cleaned_text=parsed.text,
    )


def is_sound(told: Sequence[InstructionView], faults: Sequence[object]) -> bool:
    """Whether all of a text would be carried out."""
    return not faults and all(each.allowed for each in told)


def _told(each: Instruction, number: int, rights: frozenset[str] | None, of: TemporalLanguage) -> InstructionView:
    fault = judging.fault_of(each, of)
    if not fault and number >= of.most_per_reply:
        fault = f"Only the first {of.most_per_reply} instructions of a text are carried out."
    if not of.enabled:
        fault = "The language is switched off here."
    refused = fault or ("" if rights is None else judging.refusal_of(each, rights))
    return InstructionView.of(each, would=judging.would_do(each), reason=refused)


def _fault(fault: Fault) -> FaultView:
    return FaultView(line=fault.line, column=fault.column, message=fault.message)
