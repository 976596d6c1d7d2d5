"""What is said to colleagues and given to them, and verdicts on their work."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel
from loom_app.kernel.storable import storable

PAYLOAD_CHARACTERS = 4_000
TYPES = ("question", "delegation", "notification")


def _type(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _payload(value: Any) -> Any:
    return {} if value in (None, "", []) else value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(storable(value))) > PAYLOAD_CHARACTERS:
        raise ValueError(f"is longer than {PAYLOAD_CHARACTERS:,} characters; put large things into a file or a bead")
    return value


Subject = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Text = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(storable)]
Payload = Annotated[dict[str, Any], BeforeValidator(_payload), AfterValidator(_small)]


class SendAgentMessage(ActionModel):
    """Tells or asks a colleague something in its next turn; an answer comes into one of yours. Starts no work."""

    keyed = True
    example = {
        "to_agent_role": "qa-engineer", "message_type": "question", "message_body": "Which cases does test_csv miss?",
    }  # fmt: skip
    type: Literal["send_agent_message"] = "send_agent_message"
    to_agent_id: f.Word = Field("", validation_alias=f.also("to_agent_id", "to_agent", "to", "agent_id"))
    to_agent_role: f.Word = Field("", validation_alias=f.also("to_agent_role", "to_role", "role"))
    message_type: Annotated[Literal["question", "delegation", "notification"], BeforeValidator(_type)] = Field(
        validation_alias=f.also("message_type", "kind"), description=", ".join(TYPES)
    )
    message_subject: Subject = Field("", validation_alias=f.also("message_subject", "subject"))
    message_body: Text = Field("", validation_alias=f.also("message_body", "body", "message", "text"))
    message_payload: Payload = Field({}, validation_alias=f.also("message_payload", "payload"))
    reply_to: f.Word = Field("", validation_alias=f.also("reply_to", "in_reply_to"), description="message it answers")

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if not any(name.strip() for name in (self.to_agent_id, self.to_agent_role, self.reply_to)):
            raise ValueError("needs to_agent_id or to_agent_role: say who is to hear it")
        return self


class DelegateTask(ActionModel):
    """Files a part of the present work item as one of its own that only a colleague with that role takes."""

    keyed = True
    example = {"delegate_to_role": "documentation-manager", "task_title": "Describe the new export"}
    type: Literal["delegate_task"] = "delegate_task"
    delegate_to_role: f.Line = Field(validation_alias=f.also("delegate_to_role", "to_role", "role"))
    task_title: f.Line = Field(validation_alias=f.also("task_title", "title"))
    task_description: f.Prose = Field("", validation_alias=f.also("task_description", "description"))
    task_priority: f.Priority | None = Field(
        None, validation_alias=f.also("task_priority", "priority"), description="0 most urgent to 4; as the present one"
    )
    parent_bead_id: f.Word = Field(
        "", validation_alias=f.also("parent_bead_id", "parent"), description="the present one if left out"
    )


KINDS: tuple[type[ActionModel], ...] = (SendAgentMessage, DelegateTask)
"""In the order models are told of them."""
