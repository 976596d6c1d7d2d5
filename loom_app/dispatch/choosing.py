"""A choice as it is kept with its run."""

from dataclasses import asdict
from typing import Any

from loom_app.dispatch.matching import Candidate, Match
from loom_app.dispatch.models import Choice

MOST_KEPT = 20
"""How many of those who were weighed are kept."""


def kept(run_id: str, chosen: Match) -> Choice:
    """The row that tells why the run's agent was chosen."""
    weighed = chosen.candidates
    first = [as_kept(one) for one in weighed[:MOST_KEPT]]
    return Choice(run_id=run_id, why=chosen.why, weighed=len(weighed), candidates=first)


def as_kept(candidate: Candidate) -> dict[str, Any]:
    """Somebody who was weighed, as JSON."""
    member = candidate.member
    return {
        "agent_id": member.id,
        "name": member.name,
        "role": member.role,
        "score": candidate.score.points,
        "parts": [asdict(part) for part in candidate.score.parts],
        "why_not": candidate.why_not,
    }
