"""What a model is told, and what is left out when it does not fit."""

from hypothesis import given
from hypothesis import strategies as st

from loom_app.runs.models import Turn
from loom_app.runs.prompt import conversation


def _turns(count: int) -> list[Turn]:
    made = [Turn(run_id="run-1", number=n, prompt=f"prompt {n}", reply=f"reply {n}") for n in range(1, count + 1)]
    made[-1].reply = None
    return made


@given(count=st.integers(1, 30), dropped=st.integers(0, 28))
def test_the_task_and_the_newest_prompt_are_always_told_and_roles_alternate(count: int, dropped: int) -> None:
    dropped = min(dropped, max(0, count - 2))
    messages = conversation("you are", _turns(count), dropped)
    assert [message["role"] for message in messages[:2]] == ["system", "user"]
    assert messages[1]["content"] == "prompt 1"
    assert messages[-1]["content"].endswith(f"prompt {count}")
    roles = [message["role"] for message in messages[1:]]
    assert roles == (["user", "assistant"] * count)[: len(roles)]
    assert len(roles) == 2 * (count - dropped) - 1
    assert sum("left out to fit" in message["content"] for message in messages) == (dropped > 0)
