"""What is done to work items, and how a run ends."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class BeadDraft(BaseModel):
    """A work item as a model proposes it."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)
    title: f.Line
    description: f.Prose = ""
    priority: f.Priority = Field(2, description="0 most urgent to 4")
    type: f.Word = Field("task", validation_alias=f.also("type", "bead_type", "issue_type"))
    tags: f.Words = Field([], validation_alias=f.also("tags", "labels"))
    blocked_by: f.Words = Field([], validation_alias=f.also("blocked_by", "depends_on"), description="bead ids")
    acceptance_criteria: f.Prose = ""
    parent: f.Word = Field("", validation_alias=f.also("parent", "epic"), description="id of the epic it is part of")

    @field_validator("type")
    @classmethod
    def _known_shape(cls, value: str) -> str:
        word = value.strip().lower().replace(" ", "-")
        if not word or len(word) > 50 or not all(part.isalnum() for part in word.replace("_", "-").split("-")):
            raise ValueError("must be a word such as task, bug, feature, chore or epic")
        return word


class CreateBead(ActionModel):
    """Files a new work item in this project, for work that is not part of the present one."""

    keyed = True
    example = {"bead": {"title": "Handle an empty invoice", "priority": 2}}
    type: Literal["create_bead"] = "create_bead"
    bead: BeadDraft

    @model_validator(mode="before")
    @classmethod
    def _flattened(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("bead"), str):
            return {**data, "bead": {"title": data["bead"]}}
        if isinstance(data, dict) and "bead" not in data:
            return {"type": "create_bead", "bead": {key: value for key, value in data.items() if key != "type"}}
        return data


class CloseBead(ActionModel):
    """Closes a work item, by default the present one, which ends the run."""

    keyed = True
    example = {"reason": "The total is right and all tests pass"}
    type: Literal["close_bead"] = "close_bead"
    bead_id: f.Word | None = Field(None, validation_alias=f.also("bead_id", "id"))
    reason: f.Sentence = Field("", validation_alias=f.also("reason", "message", "summary"))


class EscalateCeo(ActionModel):
    """Puts the present work item before the CEO when it cannot be done without a decision. Ends the run."""

    keyed = True
    example = {"reason": "The specification contradicts itself about rounding"}
    type: Literal["escalate_ceo"] = "escalate_ceo"
    bead_id: f.Word | None = Field(None, validation_alias=f.also("bead_id", "id"))
    reason: f.Question = Field(validation_alias=f.also("reason", "message", "question"))
    returned_to: f.Word | None = Field(None, description="who goes on afterwards")


class AskFollowup(ActionModel):
    """Asks a person one question. The run stops until it is answered."""

    keyed = True
    example = {"question": "Should an empty invoice be an error?"}
    type: Literal["ask_followup"] = "ask_followup"
    question: f.Question = Field(validation_alias=f.also("question", "message"))
    options: f.Words = Field([], description="answers to choose from")
    recommendation: f.Sentence = Field("", description="what you would do")
    risk: f.Risk = Field("medium", description="low, medium, high or critical: of a wrong answer")


class Decide(ActionModel):
    """Answers the decision that the present work item asks for, and ends the run."""

    keyed = True
    example = {"decision": "approve", "rationale": "It changes nothing that others use"}
    type: Literal["decide"] = "decide"
    decision: f.Question = Field(validation_alias=f.also("decision", "answer", "option"))
    rationale: f.Question = Field(validation_alias=f.also("rationale", "reason", "why"))


class ApproveBead(ActionModel):
    """Says that the work you review is right, with what convinced you, and ends the run."""

    keyed = True
    example = {"bead_id": "loom-7", "reason": "Does what was asked; the new test fails without it"}
    type: Literal["approve_bead"] = "approve_bead"
    bead_id: f.Word = Field(validation_alias=f.also("bead_id", "id"))
    reason: f.Sentence = Field("", validation_alias=f.also("reason", "message", "comment"))


class LineRemark(BaseModel):
    """Something to say of one line of the change, by its number in the file as it is now."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    file: f.Path = Field(validation_alias=f.also("file", "path"))
    line: f.LineNumber
    text: f.Question = Field(max_length=2_000, validation_alias=f.also("text", "comment", "body", "message"))


class RejectBead(ActionModel):
    """Sends the work you review back to its author with all that is to be done differently, and ends the run."""

    keyed = True
    example = {"bead_id": "loom-7", "reason": "totals.py:14: an empty invoice fails; handle it and test it"}
    type: Literal["reject_bead"] = "reject_bead"
    bead_id: f.Word = Field(validation_alias=f.also("bead_id", "id"))
    reason: f.Question = Field(validation_alias=f.also("reason", "message", "comment"))
    comments: list[LineRemark] = Field([], max_length=50, description="of lines: file, line, text")


class Done(ActionModel):
    """Says that the present work item is finished, which closes it and ends the run."""

    keyed = True
    example = {"reason": "The total is right and all tests pass"}
    type: Literal["done"] = "done"
    reason: f.Sentence = Field("", validation_alias=f.also("reason", "message", "summary"))


class CreatePr(ActionModel):
    """Finishes the present work item like done, with your own title and text for its pull request. Ends the run."""

    keyed = True
    example = {"pr_title": "Round invoices to whole cents", "pr_body": "Totals differed by a cent from the receipts."}
    type: Literal["create_pr"] = "create_pr"
    pr_title: f.Sentence = Field("", validation_alias=f.also("pr_title", "title"))
    pr_body: f.Prose = Field("", validation_alias=f.also("pr_body", "body", "description"))


KINDS: tuple[type[ActionModel], ...] = (
    CreateBead, CloseBead, EscalateCeo, AskFollowup, Decide, ApproveBead, RejectBead, Done, CreatePr,
)  # fmt: skip
"""In the order models are told of them."""
