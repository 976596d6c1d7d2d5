"""What the API takes and gives of personas."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from loom_app.kernel.rest import Body, without
from loom_app.kernel.storable import Context
from loom_app.personas.format import MAX_BYTES, MAX_DESCRIPTION
from loom_app.personas.models import AutonomyLevel, Persona, PersonaRevision

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=MAX_BYTES)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_DESCRIPTION)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
IN_METADATA = ("autonomy_level", "specialties")
"""Fields of a persona that stand in its metadata."""


class PersonaView(Persona):
    """A persona as it is listed: `revision` is the one in its file. One that cannot be read says why in `problem`."""

    model_config = ConfigDict(frozen=False)

    problem: str = ""
    revision: int = 0

    @classmethod
    def of(cls, persona: Persona, revision: int) -> "PersonaView":
        """A sound persona."""
        return cls(**persona.model_dump(), revision=revision)

    @classmethod
    def broken(cls, name: str, problem: str, revision: int) -> "PersonaView":
        """One whose file has a fault."""
        role = name.partition("/")[2]
        return cls(name=name, role=role, description="", instructions="", problem=problem, revision=revision)


class PersonaFile(BaseModel):
    """The whole file of a persona. `path` is where it stands below the folder of personas."""

    name: str
    path: str
    text: str
    problem: str
    revision: int
    changed_at: datetime | None
    may_change: bool


class PersonaFields(Body):
    """What a persona says, field by field; or its whole file as `text`, which then goes alone."""

    text: Text | None = Field(None, description="The whole SKILL.md, front matter included.")
    description: Line | None = None
    instructions: Text | None = None
    license: Line | None = None
    compatibility: Line | None = None
    metadata: Context | None = None
    autonomy_level: AutonomyLevel | None = None
    specialties: list[Word] | None = Field(None, max_length=50)
    note: Note = Field("", description="Why, for the list of revisions.")

    @model_validator(mode="after")
    def _one_way(self) -> "PersonaFields":
        if self.text is not None and self.fields():
            raise ValueError(f"send text alone, or without it {', '.join(self.fields())}")
        return self

    def fields(self, now: Persona | None = None) -> dict[str, Any]:
        """What stands in the file of it. Of what is in the metadata as well, that counts which differs from `now`."""
        given = self.model_dump(exclude={"text", "note", "base_revision", "name"}, exclude_none=True)
        inner = {key: given.pop(key) for key in IN_METADATA if key in given}
        before = {key: getattr(now, key) for key in IN_METADATA} if now else {}
        told = {key: value for key, value in inner.items() if now is None or value != _plain(before[key])}
        if told:
            given["metadata"] = {**given.get("metadata", now.metadata if now else {}), **told}
        return given


class PersonaDraft(PersonaFields):
    """A persona to be made, "group/role" or a role of the default group."""

    name: Name


class PersonaChange(PersonaFields):
    """What of a persona is to change. A whole PersonaView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, PersonaView.model_fields.keys() - cls.model_fields.keys())

    base_revision: int | None = Field(None, ge=0, description="409 when that is no longer the newest.")


class PersonaCopy(Body):
    """Under which name a persona is to be cloned."""

    new_name: Name
    note: Note = ""


class Restoring(Body):
    """Going back to a revision."""

    base_revision: int | None = Field(None, ge=0, description="409 when that is no longer the newest.")
    note: Note = ""


class PersonaCheck(Body):
    """A file that is to be looked at and not kept."""

    name: Name
    text: Text


class Checked(BaseModel):
    """What a file says, or what is wrong with it."""

    problem: str
    persona: Persona | None


class RevisionView(BaseModel):
    """A revision. `cause` is found, created, cloned, edited, restored or changed_on_disk, `source` its origin."""

    model_config = ConfigDict(from_attributes=True)

    persona: str
    number: int
    cause: str
    source: str
    note: str
    problem: str
    author_id: str
    author: str
    created_at: datetime
    added: int = Field(0, description="Lines that came in since the revision before.")
    removed: int = Field(0, description="Lines that went.")

    @classmethod
    def of(cls, row: PersonaRevision, diff: str) -> "RevisionView":
        """A revision and how it differs from the one before."""
        lines = [line[:1] for line in diff.splitlines()[2:]]
        return cls.model_validate(row).model_copy(update={"added": lines.count("+"), "removed": lines.count("-")})


class RevisionDetail(RevisionView):
    """A revision with its whole file and the diff to the revision `against`, as git writes it."""

    text: str
    against: int
    diff: str


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
