"""What is done to pull requests on GitHub."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel
from loom_app.kernel.storable import storable

LONGEST = 20_000
CRITERIA = ("correctness", "tests", "security", "readability")
LOGIN = r"^(?:[A-Za-z0-9][A-Za-z0-9-]{0,38})(?:/[\w.-]{1,100})?$"


def _number(value: Any) -> Any:
    return value.strip().lstrip("#") if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.strip().upper().replace(" ", "_").replace("-", "_") if isinstance(value, str) else value


def _login(value: Any) -> Any:
    return value.strip().lstrip("@") if isinstance(value, str) else value


Number = Annotated[int, BeforeValidator(_number), Field(ge=1, lt=2**31)]
Text = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=True), AfterValidator(storable)]
Side = Annotated[Literal["LEFT", "RIGHT"], BeforeValidator(_upper)]
Event = Annotated[Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"], BeforeValidator(_upper)]


class FetchPr(ActionModel):
    """Shows a pull request of this repository on GitHub."""

    effect = "read"
    example = {"pr_number": 12}
    type: Literal["fetch_pr"] = "fetch_pr"
    pr_number: Number = Field(validation_alias=f.also("pr_number", "number", "pr"))
    include_files: bool = True
    include_diff: bool = False


class ReviewCode(ActionModel):
    """Shows a pull request with its diff for you to judge by criteria; say what you find with submit_review."""

    effect = "read"
    example = {"pr_number": 12}
    type: Literal["review_code"] = "review_code"
    pr_number: Number = Field(validation_alias=f.also("pr_number", "number", "pr"))
    review_criteria: f.Words = Field(list(CRITERIA), validation_alias=f.also("review_criteria", "criteria"))


class AddPrComment(ActionModel):
    """Says something on a pull request, or on a file or line of it."""

    keyed = True
    example = {"pr_number": 12, "comment_body": "Rounding happens twice here."}
    type: Literal["add_pr_comment"] = "add_pr_comment"
    pr_number: Number = Field(validation_alias=f.also("pr_number", "number", "pr"))
    comment_body: Annotated[Text, StringConstraints(min_length=1)] = Field(
        validation_alias=f.also("comment_body", "body", "comment")
    )
    comment_path: f.Path | None = Field(None, validation_alias=f.also("comment_path", "path", "file"))
    comment_line: f.LineNumber | None = Field(None, validation_alias=f.also("comment_line", "line"))
    comment_side: Side = Field("RIGHT", validation_alias=f.also("comment_side", "side"), description="LEFT: before")

    @model_validator(mode="after")
    def _line_of_a_file(self) -> Self:
        if self.comment_line and not self.comment_path:
            raise ValueError("names comment_line without comment_path, the file that line is in")
        return self


class SubmitReview(ActionModel):
    """Reviews a pull request of others: APPROVE, REQUEST_CHANGES or COMMENT."""

    keyed = True
    example = {"pr_number": 12, "review_event": "REQUEST_CHANGES", "comment_body": "The empty list is not handled."}
    type: Literal["submit_review"] = "submit_review"
    pr_number: Number = Field(validation_alias=f.also("pr_number", "number", "pr"))
    review_event: Event = Field(validation_alias=f.also("review_event", "event", "verdict"))
    comment_body: Annotated[Text, StringConstraints(min_length=1)] = Field(
        validation_alias=f.also("comment_body", "body", "comment")
    )


class RequestReview(ActionModel):
    """Asks somebody on GitHub to review a pull request."""

    effect = "idempotent"
    example = {"pr_number": 12, "reviewer": "alice"}
    type: Literal["request_review"] = "request_review"
    pr_number: Number = Field(validation_alias=f.also("pr_number", "number", "pr"))
    reviewer: Annotated[str, BeforeValidator(_login), StringConstraints(pattern=LOGIN)] = Field(
        description="login, or org/team"
    )


KINDS: tuple[type[ActionModel], ...] = (FetchPr, ReviewCode, AddPrComment, SubmitReview, RequestReview)
"""In the order models are told of them."""

NAMES = frozenset(kind.model_fields["type"].default for kind in KINDS)
