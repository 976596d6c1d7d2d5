"""The core actions, one model each. Names and fields are the wire format; other names models use are taken too."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator
from pydantic.fields import FieldInfo

from loom_app.actions import fields as f

Effect = Literal["read", "idempotent", "once"]
"""What repeating an interrupted action would do: nothing, the same again, or a second effect."""

MAX_ACTIONS = 20
"""The most actions of one reply that are carried out."""


class ActionModel(BaseModel):
    """An action as a model asks for it. `example` is the smallest right one; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)
    effect: ClassVar[Effect] = "once"
    keyed: ClassVar[bool] = False
    """Whether board or repository know the action's key, so that a repeat answers with the first result."""
    example: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """The action's type on the wire."""
        return str(getattr(self, "type"))  # noqa: B009 - declared by each kind of action, not here

    def parameters(self) -> dict[str, Any]:
        """The fields that were given, by their own names, for the record."""
        return self.model_dump(exclude={"type"}, exclude_none=True)


class ReadFile(ActionModel):
    """Shows a text file, or some lines of it."""

    effect = "read"
    example = {"path": "README.md"}
    type: Literal["read_file"] = "read_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    start_line: f.LineNumber | None = Field(None, description="first line, from 1")
    end_line: f.LineNumber | None = Field(None, description="last line, included")

    @model_validator(mode="after")
    def _lines_in_order(self) -> Self:
        if self.start_line and self.end_line and self.end_line < self.start_line:
            raise ValueError(f"end_line {self.end_line} comes before start_line {self.start_line}")
        return self


class ReadTree(ActionModel):
    """Lists the files and folders under a folder."""

    effect = "read"
    example = {"path": "."}
    type: Literal["read_tree"] = "read_tree"
    path: f.Path = Field(".", validation_alias=f.also("path", "directory", "dir"))
    max_depth: f.Depth = Field(4, validation_alias=f.also("max_depth", "depth"))
    limit: f.Count = 500


class SearchText(ActionModel):
    """Finds the lines that contain a text."""

    effect = "read"
    example = {"query": "def total"}
    type: Literal["search_text"] = "search_text"
    query: f.Query = Field(validation_alias=f.also("query", "pattern", "text"))
    path: f.Path = Field(".", description="file or folder to search")
    limit: f.Count = 200


class WriteFile(ActionModel):
    """Writes a whole file, new or in place of the old one."""

    effect = "idempotent"
    example = {"path": "notes.txt", "content": "First line\n"}
    type: Literal["write_file"] = "write_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    content: f.Body = Field(validation_alias=f.also("content", "contents", "text"))


class EditCode(ActionModel):
    """Replaces one piece of a file: old_text must stand in it exactly once. A unified diff as patch does too."""

    example = {"path": "app.py", "old_text": "return a - b", "new_text": "return a + b"}
    type: Literal["edit_code"] = "edit_code"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    old_text: f.FilledBody | None = Field(
        None,
        validation_alias=f.also("old_text", "old", "old_string", "search"),
        description="the lines as they are, with 2 or 3 lines around them",
    )
    new_text: f.Body | None = Field(
        None,
        validation_alias=f.also("new_text", "new", "new_string", "replace"),
        description="what stands there afterwards",
    )
    patch: f.FilledBody | None = Field(
        None, validation_alias=f.also("patch", "diff"), description="instead of the two texts"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        texts = (self.old_text is not None) + (self.new_text is not None)
        if self.patch is None and texts < 2:
            missing = "old_text" if self.old_text is None else "new_text"
            raise ValueError(f"needs both old_text and new_text, or a patch; {missing} is missing")
        if self.patch is not None and texts:
            raise ValueError("takes either old_text and new_text or a patch, not both")
        return self


class ApplyPatch(ActionModel):
    """Applies a unified diff to one or more files."""

    example = {"patch": "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n import os\n-x = 1\n+x = 2\n"}
    type: Literal["apply_patch"] = "apply_patch"
    patch: f.FilledBody = Field(validation_alias=f.also("patch", "diff"))


class DeleteFile(ActionModel):
    """Deletes a file."""

    effect = "idempotent"
    example = {"path": "old.txt"}
    type: Literal["delete_file"] = "delete_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))


class RunCommand(ActionModel):
    """Runs a shell command in the repository: no network, limited time, memory and output."""

    example = {"command": "ls -la"}
    type: Literal["run_command"] = "run_command"
    command: f.Command = Field(validation_alias=f.also("command", "cmd"))
    working_dir: f.Path = Field(".", validation_alias=f.also("working_dir", "cwd", "workdir"))
    reason: f.Sentence = ""
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


class RunTests(ActionModel):
    """Runs the project's tests, all of them or those that match a pattern."""

    example: ClassVar[dict[str, Any]] = {}
    type: Literal["run_tests"] = "run_tests"
    test_pattern: f.Word | None = Field(None, validation_alias=f.also("test_pattern", "pattern"))
    framework: f.Word | None = Field(None, description="pytest, unittest, npm, go, cargo or make")
    timeout_seconds: f.Seconds | None = Field(None, validation_alias=f.also("timeout_seconds", "timeout"))


class GitStatus(ActionModel):
    """Shows which files have changed since the last commit."""

    effect = "read"
    example: ClassVar[dict[str, Any]] = {}
    type: Literal["git_status"] = "git_status"


class GitDiff(ActionModel):
    """Shows the changes since the last commit."""

    effect = "read"
    example: ClassVar[dict[str, Any]] = {}
    type: Literal["git_diff"] = "git_diff"


class GitCommit(ActionModel):
    """Commits the changes: all of them, or the files named."""

    keyed = True
    example = {"commit_message": "Add the total to the invoice"}
    type: Literal["git_commit"] = "git_commit"
    commit_message: f.Question = Field(validation_alias=f.also("commit_message", "message"))
    files: f.Paths = Field([], validation_alias=f.also("files", "paths"))


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
    options: f.Words = Field(default_factory=list, description="answers to choose from")
    recommendation: f.Sentence = Field("", description="what you would do")
    risk: f.Risk = Field("medium", description="low, medium, high or critical: of a wrong answer")


class Decide(ActionModel):
    """Answers the decision that the present work item asks for, and ends the run."""

    keyed = True
    example = {"decision": "approve", "rationale": "It changes nothing that others use"}
    type: Literal["decide"] = "decide"
    decision: f.Question = Field(validation_alias=f.also("decision", "answer", "option"))
    rationale: f.Question = Field(validation_alias=f.also("rationale", "reason", "why"))


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


AnyAction = (
    ReadFile | ReadTree | SearchText | WriteFile | EditCode | ApplyPatch | DeleteFile | RunCommand | RunTests
    | GitStatus | GitDiff | GitCommit | CreateBead | CloseBead | EscalateCeo | AskFollowup | Decide | Done | CreatePr
)  # fmt: skip
Action = Annotated[AnyAction, Field(discriminator="type")]

CORE: Mapping[str, type[ActionModel]] = {model.model_fields["type"].default: model for model in get_args(AnyAction)}
"""Every action that is offered, by its type, in the order models are told of them."""

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Action)


class Reply(BaseModel):
    """A reply that was read: what to do, what the model said beside it, and what it should be told about its form."""

    model_config = ConfigDict(frozen=True)
    actions: list[Action] = Field(min_length=1, max_length=MAX_ACTIONS)
    notes: str = ""
    remarks: list[str] = []


def load_action(name: str, parameters: Mapping[str, Any]) -> ActionModel:
    """An action from the record, as `name` and `parameters()` put it there. Raises pydantic's ValidationError."""
    action: ActionModel = _ADAPTER.validate_python({**parameters, "type": name})
    return action


def wire_names(field: str, spec: FieldInfo) -> list[str]:
    """Every name a field is taken under, its own first."""
    choices = getattr(spec.validation_alias, "choices", ())
    return [field, *(str(choice) for choice in choices if choice != field)]
