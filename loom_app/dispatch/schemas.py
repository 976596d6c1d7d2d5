"""What the API tells of how beads are given out."""

from datetime import datetime

from pydantic import Field

from loom_app.kernel.bodies import Shown


class PartView(Shown):
    """One thing that speaks for or against an agent, in points."""

    name: str
    points: int
    why: str


class CandidateView(Shown):
    """An agent who was weighed. `why_not` is why it could not take the bead; empty for the chosen and for who could."""

    agent_id: str
    name: str
    role: str
    score: int
    parts: list[PartView]
    why_not: str


class ChoiceView(Shown):
    """Why a run's agent was given the bead, as it was then. The chosen one comes first."""

    run_id: str
    agent_id: str
    agent: str
    why: str
    made_at: datetime
    weighed: int = Field(description="How many agents were weighed; the first of them are listed.")
    candidates: list[CandidateView]


class BusyView(Shown):
    """An agent who is at work. `until` is about when it ends, null when it takes longer than usual already."""

    agent_id: str
    name: str
    bead_id: str
    until: datetime | None


class WaitView(Shown):
    """One thing a bead waits for, with the way out."""

    code: str
    why: str
    since: datetime
    until: datetime | None = Field(description="When it ends, about; null when nothing tells.")
    way_out: str
    who: list[BusyView]
    bead_id: str | None
    decision_id: str | None


class DispatchView(Shown):
    """How a bead is given out: why not yet, or why to this agent."""

    bead_id: str
    state: str = Field(description="done, working, waiting, or next: the next round gives it out.")
    reasons: list[WaitView]
    hops: int = Field(description="How often it was given to an agent since a person last opened it.")
    max_hops: int = Field(description="After so many people are asked.")
    not_before: datetime | None = Field(description="It rests until then after a failure.")
    candidates: list[CandidateView] = Field(description="Of an open bead: who would take it now, the best first.")
    choices: list[ChoiceView] = Field(description="Of its runs, the newest first.")
