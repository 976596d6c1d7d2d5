"""What an agent is at or waits for, in a sentence that can be checked: never a bare word."""

from typing import Any

from loom_app.agents.models import AgentStatus, PausedBecause
from loom_app.kernel.clock import rfc3339
from loom_app.staff.schemas import Progress

AFTERWARDS = {
    PausedBecause.NOBODY: "",
    PausedBecause.PERSON: " It pauses when this run ends.",
    PausedBecause.PROVIDER: " It waits for a provider when this run ends.",
    PausedBecause.LEAVING: " It is complete when this run ends.",
}
HELD = {
    PausedBecause.PERSON: "Paused until somebody resumes it.",
    PausedBecause.PROVIDER: "Waits for a provider; it resumes by itself when one works.",
}


def standing(agent: Any, progress: Progress | None, ready: int) -> str:
    """The sentence for a row of `agent`; `ready` beads of its project are open and wait for no other."""
    match AgentStatus(agent.status):
        case AgentStatus.WORKING:
            return _at_work(agent, progress) + AFTERWARDS[PausedBecause(agent.paused_because)]
        case AgentStatus.PAUSED:
            return _told(agent.status_reason) or HELD.get(
                PausedBecause(agent.paused_because), HELD[PausedBecause.PERSON]
            )
        case AgentStatus.COMPLETE:
            return f"Complete. {_told(agent.status_reason)}".strip()
        case AgentStatus.IDLE:
            return _idle(ready)


def _at_work(agent: Any, progress: Progress | None) -> str:
    if progress is None:
        return f"Marked as at work on {agent.current_bead}, but no live run shows for it; dispatch frees it soon."
    turn = f"turn {progress.turn} of {progress.max_turns}" if progress.turn else "setting up"
    doing = {"": "", "model": ", waits for the model"}.get(progress.doing, f", {progress.doing.replace('_', ' ')}")
    until = f"; the bead is held until {rfc3339(progress.lease_until)}" if progress.lease_until else ""
    return (
        f"At work on {progress.bead_id}: {turn}{doing}; last progress {rfc3339(progress.progress_at)}; "
        f"{progress.cost} so far{until}."
    )


def _idle(ready: int) -> str:
    if not ready:
        return "Waits for work: no bead of its project is open and free of others."
    beads = "1 bead of its project is" if ready == 1 else f"{ready} beads of its project are"
    return f"Waits for work: {beads} open; it gets the next one that suits its role."


def _told(reason: str) -> str:
    return reason if not reason or reason.endswith((".", "!", "?")) else f"{reason}."
