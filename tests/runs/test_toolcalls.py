"""Function calls in the record and in what is sent: every call has its answer, every answer its call."""

from hypothesis import given
from hypothesis import strategies as st

from loom_app.actions.feedback import feedback
from loom_app.actions.parsing import parse_reply
from loom_app.actions.results import ActionResult
from loom_app.providers.chat import ChatReply, ToolCall
from loom_app.runs import toolcalls
from loom_app.runs.toolcalls import Exchange, answered, natively
from tests.runs.pairing import paired


def result(type_: str, message: str) -> ActionResult:
    return ActionResult(action_type=type_, status="error", message=message)


def reply(*calls: ToolCall, text: str = "") -> ChatReply:
    return ChatReply(text, "m", "tool_calls", None, False, 1, None, None, tool_calls=calls)


def exchange(number: int, calls: int, texts: list[str]) -> Exchange:
    made = [{"id": f"{number}.{place}", "name": "git_status", "arguments": "{}"} for place in range(calls)]
    results = [result("git_status", text) for text in texts[:calls]]
    told = "A colleague writes.\n\n" + feedback(results, number, 20, notes=["You did this before."])
    return Exchange(f"reply {number}", told, made, "I look.", answered(made, None, results, told))


texts = st.lists(
    st.sampled_from(["no", "---", "### git_status — error\n\n", "x\n\n---\n\ny", ""]), min_size=4, max_size=4
)


@given(
    st.lists(st.tuples(st.integers(0, 4), texts, st.sampled_from(["whole", "short", "gone"])), max_size=6),
    st.booleans(),
)
def test_calls_and_answers_stay_together_whatever_was_shortened_or_left_out(
    turns: list[tuple[int, list[str], str]], unanswered: bool
) -> None:
    exchanges, messages = [], [{"role": "user", "content": "the task"}]
    for number, (calls, said, fate) in enumerate(turns):
        each = exchange(number, calls, said)
        exchanges += [each] if calls else []
        if fate != "gone":
            shown = each.told if fate == "whole" else each.told[:20]
            messages += [{"role": "assistant", "content": each.reply}, {"role": "user", "content": shown}]
    if unanswered and len(messages) > 1:
        messages.pop()
    sent = natively(messages, exchanges)
    paired(sent)
    told = "".join(str(message["content"]) for message in sent if message["role"] != "assistant")
    asked = "".join(str(message["content"]) for message in messages if message["role"] != "assistant")
    assert "".join(told.split()) == "".join(asked.split())


def test_each_result_goes_to_its_call() -> None:
    each = exchange(1, 3, ["one\n\n---\n\n### git_status — error\n\n", "two", "three", ""])
    user = {"role": "user", "content": each.told}
    _, *answers = natively([{"role": "assistant", "content": each.reply}, user], [each])
    assert [word in answer["content"] for word, answer in zip(("one", "two", "three"), answers, strict=True)] == [
        True
    ] * 3
    assert "two" not in answers[0]["content"]
    assert answers[0]["content"].startswith("A colleague writes.")
    assert answers[2]["content"].endswith("do next?")


def test_calls_are_stored_without_what_no_database_keeps_and_read_as_text_too() -> None:
    calls = (
        ToolCall("a" * 900, "write_file", '{"path": "a\0", "content": "\ud800"}', None),
        ToolCall("b", "create_bead", '{"title": "T", "type": "bug"}', {}),
        ToolCall("c", "git_status", "", {}),
    )
    answer = reply(*calls, text="n\0ul \ud800")
    kept = toolcalls.kept(answer)
    assert (len(kept[0]["id"]), kept[0]["arguments"]) == (200, '{"path": "a\ufffd", "content": "?"}')
    assert toolcalls.beside(answer) == "n\ufffdul ?"
    asked = parse_reply(toolcalls.spoken(answer))
    assert [action.name for action in asked.actions] == ["write_file", "create_bead", "git_status"]
    assert asked.notes == "n\ufffdul ?"
    assert toolcalls.spoken(reply(text="words\0")) == "words\ufffd"
