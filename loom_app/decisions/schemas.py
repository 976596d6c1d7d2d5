"""What the API takes and gives of decisions."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from loom_app.beads.schemas import BeadId, Priority
from loom_app.decisions.answers import LONGEST, Kind
from loom_app.decisions.deputies import KINDS
from loom_app.decisions.models import DecisionComment, DecisionRules, ReviewPass
from loom_app.kernel.moments import Moment
from loom_app.kernel.rest import Body, Lenient
from loom_app.kernel.storable import Context

MOST_AT_ONCE = 200
_CONTROLS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _distinct(options: list[str]) -> list[str]:
    if len({option.lower() for option in options}) < len(options):
        raise ValueError("name the same option twice")
    return options


Words = Annotated[str, StringConstraints(max_length=LONGEST, pattern=_CONTROLS)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST, pattern=_CONTROLS)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Somebody = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Options = Annotated[list[Line], Field(max_length=20), AfterValidator(_distinct)]
Risk = Literal["low", "medium", "high", "critical"]


class Answer(Body):
    """An answer and why. `decider_id` counts only from those who hold decisions:admin and pass on another's answer."""

    decision: Words
    rationale: Words = ""
    changes: Words = ""
    """What is to be done differently, of an approval with changes; the agent's next instruction."""
    decider_id: Annotated[str, StringConstraints(max_length=200)] = ""


class AnswerOf(Answer):
    """An answer to one of several decisions."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Answers(Body):
    """Answers to several decisions, each taken or refused by itself."""

    answers: Annotated[list[AnswerOf], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Escalation(Body):
    """Why people are asked about a bead, and which agent, role or person goes on with it afterwards."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
    returned_to: Name = ""


class DecisionDraft(Body):
    """A question to people. With `bead_id` that bead waits for the answer, unless `blocks` is false."""

    project_id: Name = ""
    """Left out, the bead's."""
    bead_id: BeadId | None = None
    kind: Annotated[Kind, Lenient] = Kind.QUESTION
    title: Line | None = None
    question: Said
    options: Options = Field(default_factory=list)
    recommendation: Words = ""
    context: Context = Field(default_factory=dict)
    """What helps to answer; the page shows `diff`, `command`, `output` and `cost_micros` as what they are."""
    risk: Risk = "medium"
    priority: Priority | None = None
    deadline: Moment | None = None
    """48 hours from now when left out."""
    default_option: Words = Field("", validation_alias=AliasChoices("default_option", "on_no_answer"))
    """What holds when nobody answers before the deadline."""
    assigned_to: Name = ""
    returned_to: Name = ""
    blocks: bool = True


class DecisionChange(Body):
    """What of a decision that waits is to change; what is left out stays."""

    deadline: Moment | None = None
    risk: Risk | None = None


class Withdrawal(Body):
    """Why a question is taken back."""

    reason: Said = "It is not needed any more."


class Delegation(Body):
    """Who is to answer: a user, an agent, or `up` or `down` along the org chart. A new deadline may come with it."""

    to: Somebody
    note: Words = ""
    deadline: Moment | None = None


class Snoozing(Body):
    """Until when you do not want to see it; null to see it again."""

    until: Moment | None


class CommentText(Body):
    """Something to be said about a decision."""

    content: Said


class CommentShown(BaseModel):
    """Something said about a decision."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    decision_id: str
    author_id: str
    author_username: str
    content: str
    created_at: datetime

    @classmethod
    def of(cls, said: DecisionComment) -> "CommentShown":
        """The comment as it is shown."""
        return cls(**said.model_dump(exclude={"author"}), author_username=said.author)


class Rules(Body):
    """What agents may decide: these risks and kinds, at most so many a day. Nothing with `per_day` 0."""

    risks: list[Literal["low", "medium"]] = Field(default_factory=list, max_length=2)
    kinds: list[Annotated[Kind, Lenient]] = Field(default_factory=list, max_length=len(Kind))
    per_day: Annotated[int, Field(ge=0, le=1_000)]


class RulesShown(BaseModel):
    """What agents may decide in a project, who said so and when; nobody did while `set_by` is empty."""

    model_config = ConfigDict(from_attributes=True)

    project_id: str
    risks: list[str]
    kinds: list[str]
    per_day: int
    set_by: str
    set_at: datetime | None
    possible_kinds: list[str] = [str(kind) for kind in KINDS]

    @classmethod
    def of(cls, rules: DecisionRules) -> "RulesShown":
        """The rules as they are shown."""
        shown = cls.model_validate(rules)
        return shown if rules.set_by else shown.model_copy(update={"set_at": None})


class DecisionView(BaseModel):
    """A question and its answer once there is one, in the form of a bead.

    `parent` and `blocks` are the bead it is about, `due_date` is the deadline, `closed_at` when it was answered.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    type: str = "decision"
    kind: str
    title: str
    description: str
    question: str
    options: list[str]
    recommendation: str
    risk: str
    priority: int
    status: str
    project_id: str
    bead_id: str
    parent: str
    run_id: str
    requester_id: str
    returned_to: str
    default_option: str
    deadline: datetime
    decision: str
    rationale: str
    changes: str
    decider_id: str
    created_at: datetime
    updated_at: datetime
    decided_at: datetime | None
    assigned_to: str
    delegations: list[dict[str, str]]
    answer_bead: str
    blocked_by: list[str] = []
    blocks: list[str]
    related_to: list[str] = []
    children: list[str] = []
    tags: list[str] = []
    context: dict[str, Any]
    due_date: datetime
    milestone_id: str | None = None
    estimated_time: int | None = None
    closed_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> "DecisionView":
        """The decision in `row`, a Decision or a row of its table, as it is shown."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        derived = {
            "description": row.question,
            "parent": row.bead_id,
            "blocks": [row.bead_id] if row.bead_id else [],
            "due_date": row.deadline,
            "closed_at": row.decided_at,
            "updated_at": row.decided_at or row.created_at,
        }
        return cls.model_validate({**own, **derived})


class ReviewPassView(BaseModel):
    """A review that an agent was asked for: `waiting`, `approved`, `rejected`, or `left` to somebody else."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    decision_id: str
    bead_id: str
    run_id: str
    role: str
    agent_id: str
    agent: str
    answer_bead: str = Field(description="The bead through which the agent answers.")
    state: Literal["waiting", "approved", "rejected", "left"]
    reason: str
    asked_at: datetime
    answered_at: datetime | None

    @classmethod
    def of(cls, given: ReviewPass, *, is_due: bool) -> "ReviewPassView":
        """The review as it is shown; `is_due` is whether its answer is waited for."""
        own = {name: getattr(given, name) for name in cls.model_fields if hasattr(given, name)}
        return cls.model_validate({**own, "state": given.verdict or ("waiting" if is_due else "left")})


class Outcome(BaseModel):
    """What became of one of several answers: the decision, or why the answer was not taken."""

    id: str
    status: Literal["decided", "refused"]
    decision: DecisionView | None = None
    code: str = ""
    error: str = ""


class Outcomes(BaseModel):
    """What became of several answers, in the order they were given."""

    results: list[Outcome]
    decided: int
    refused: int


class InboxRow(BaseModel):
    """One decision as the inbox lists it; who is named by what people call them."""

    id: str
    kind: str
    title: str
    question: str
    risk: str
    priority: int
    status: str
    project_id: str
    bead_id: str
    deadline: datetime
    default_option: str
    requester: str
    assignee: str
    decision: str
    decider: str
    created_at: datetime
    decided_at: datetime | None
    snoozed_until: datetime | None
    comments: int


class Inbox(BaseModel):
    """One page of the inbox. `counts` says how many there are under each heading, whatever the page shows."""

    decisions: list[InboxRow]
    total: int
    counts: dict[str, int]
