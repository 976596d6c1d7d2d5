"""What the API takes and gives of bootstraps."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from loom_app.bootstrap.prd import cleaned
from loom_app.git.names import checked_remote
from loom_app.gitaccess.schemas import InstructionView
from loom_app.kernel.bodies import Body
from loom_app.kernel.errors import Invalid
from loom_app.projects.schemas import Branch, Name


def _address(text: str) -> str:
    try:
        return checked_remote(text)
    except Invalid as error:
        raise Invalid(error.message.replace("git_repo", "github_url"), code=error.code) from error


Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(_address)]
Prd = Annotated[str, AfterValidator(cleaned)]


class BootstrapDraft(Body):
    """A project to begin. The PRD comes as `prd_text` or as `prd_file`, the text of a file: UTF-8, at most 1 MB."""

    name: Name
    github_url: Address = Field("", description="Address of the repository, empty or not. Left out, Loom makes one.")
    branch: Branch = "main"
    prd_text: Prd = ""
    prd_file: Prd = ""

    @model_validator(mode="after")
    def _one_prd(self) -> "BootstrapDraft":
        given = {self.prd_text, self.prd_file} - {""}
        if not given:
            raise Invalid("There is no PRD. Send what is to be built as prd_text or prd_file.", code="prd_missing")
        if len(given) > 1:
            raise Invalid("prd_text and prd_file say different things. Send one of them.", code="prd_twice")
        return self

    @property
    def prd(self) -> str:
        """The PRD, whichever way it came."""
        return self.prd_text or self.prd_file


class BootstrapResult(BaseModel):
    """How far a bootstrap came while its caller waited. `error` is empty while nothing is amiss."""

    project_id: str
    status: str
    initial_bead_id: str
    public_key: str
    git_setup_instructions: str
    error: str


class StepView(BaseModel):
    """One step. `error` with the status `done` is a warning; `mend` says what to do about it."""

    model_config = ConfigDict(from_attributes=True)

    step: str = Field(validation_alias="name")
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    detail: str
    error: str
    mend: str
    tries: int


class BootstrapView(BootstrapResult):
    """A project's bootstrap with its steps in order."""

    name: str
    git_repo: str
    branch: str
    attempt: int
    fingerprint: str
    instructions: list[InstructionView] = Field(description="What to do with the key, by site; empty for no need.")
    steps: list[StepView]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


FILE = {"type": "string", "format": "binary", "description": "A text file: .md or .txt."}


def described_body() -> dict[str, Any]:
    """The request body for the API's description: JSON, or a form with a file."""
    shape = BootstrapDraft.model_json_schema()
    form = {**shape, "properties": {**shape["properties"], "prd_file": FILE}}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": shape}, "multipart/form-data": {"schema": form}},
        }
    }
