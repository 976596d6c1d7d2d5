"""What a model may write to speak to colleagues, and what it is told."""

from pathlib import Path
from typing import Any

import pytest

from loom_app.actions.building import build_action
from loom_app.actions.faults import ReplyError
from loom_app.actions.feedback import feedback
from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.actions.verbs import NOT_OFFERED, why_not
from tests.actions.stage import REFUSED, stage

QUESTION = {"type": "send_agent_message", "to_agent_role": "qa-engineer", "message_type": "question"}


def built(**fields: Any) -> Any:
    return build_action(fields)[0]


async def test_messages_and_tasks_go_to_the_team_under_the_key_of_the_action(tmp_path: Path) -> None:
    here = stage(tmp_path)
    sent = await here.act("send_agent_message", to="Ada", message_type="Question", message="Is 7 right?")
    assert (sent.status, sent.metadata["message_id"]) == ("executed", "msg-1")
    given = await here.act("delegate_task", role="qa-engineer", title="Test it")
    assert (given.message, given.metadata["child_bead_id"]) == ("task delegated", "demo-new2")
    assert here.recorder.calls == [
        ("send", "Ada", "Is 7 right?", "run-1/2/3"),
        ("delegate", "qa-engineer", "Test it", "run-1/2/3"),
    ]
    told = feedback([sent, given], 1, 20)
    assert "msg-1" in told
    assert "demo-new2" in told
    here.recorder.refuse = REFUSED
    assert (await here.act("delegate_task", role="qa-engineer", title="Test it")).message == REFUSED.message


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"message_type": "question", "message_body": "Hm?"}, "who is to hear it"),
        ({**QUESTION, "message_type": "order"}, "message_type"),
        ({**QUESTION, "message_body": "x" * 4_001}, "message_body"),
        ({**QUESTION, "message_subject": "x" * 201}, "message_subject"),
        ({**QUESTION, "message_body": "a\0b"}, "message_body"),
        ({**QUESTION, "message_payload": {"x": "y" * 4_000}}, "message_payload"),
        ({**QUESTION, "message_payload": {"x": "\ud800"}}, "message_payload"),
        ({"type": "delegate_task", "task_title": "Test it"}, "delegate_to_role"),
        ({"type": "delegate_task", "delegate_to_role": "qa-engineer", "task_title": " "}, "task_title"),
    ],
)
def test_what_cannot_be_sent_is_named(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ReplyError, match=fault):
        build_action({"type": "send_agent_message", **fields})


def test_what_is_left_out_has_a_meaning() -> None:
    message = built(**QUESTION, message_payload=None)
    assert isinstance(message, SendAgentMessage)
    assert (message.message_subject, message.message_payload, message.reply_to) == ("", {}, "")
    answer = built(type="send_agent_message", message_type="notification", reply_to="msg-1", body="Yes.")
    assert answer.reply_to == "msg-1"
    task = built(type="delegate", delegate_to_role="qa-engineer", task_title="Test it", task_priority="high")
    assert isinstance(task, DelegateTask)
    assert (task.task_priority, task.parent_bead_id) == (1, "")


def test_actions_of_tools_that_are_not_loom_are_answered_with_what_does_the_job() -> None:
    for name in ("start_development", "whats_next", "proceed_to_phase", "conduct_review", "resume_workflow"):
        assert name in NOT_OFFERED
        assert "done" in why_not(name)
