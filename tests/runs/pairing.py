"""What providers ask of messages in which functions are called."""

from typing import Any


def paired(messages: list[dict[str, Any]]) -> None:
    """Every call has its answer right after it, and every answer its call."""
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
        else:
            assert waiting == []
            waiting = [each["id"] for each in message.get("tool_calls", ())]
    assert waiting == []
