"""What must hold for every text and every reply."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.actions.faults import ReplyError
from loom_app.actions.parsing import parse_reply

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
actions = st.one_of(
    st.fixed_dictionaries({"type": st.just("write_file"), "path": words, "content": words}),
    st.fixed_dictionaries({"type": st.just("edit_code"), "path": words, "old_text": words, "new_text": words}),
    st.fixed_dictionaries({"type": st.just("search_text"), "query": words}),
    st.fixed_dictionaries({"type": st.just("git_status")}),
)
envelopes = st.fixed_dictionaries({"actions": st.lists(actions, min_size=1, max_size=5), "notes": words})
prose = st.text(st.characters(exclude_characters="{}[]<>`\"'“”/#"), max_size=80)
scraps = st.lists(
    st.sampled_from(
        ['{"actions"', ":", "[", "]", "{", "}", '"type"', '"read_file"', ",", "'", '"', "“", "\\", "<think>",
         "</think>", "```", "true", "None", "//", "#", "\n", '"""', "0", " ", "action", "\ud800", "\0", "\ufeff",
         "<tool_call>", "</tool_call>", "<function=read_file>", "<parameter=path>", "</parameter>", "</function>",
         "[TOOL_CALLS]", "read_file[ARGS]", "<read_file>", "<path>", "a.py", "</path>", "</read_file>", "ACTION: ",
         "EDIT a", "\nOLD:\n", "<<<\n", "\n>>>\n", "\nNEW: <<<x>>>\n", "```tool_code\n", "read_file(", "path='a'", ")",
         "\n```", "<|channel|>analysis<|message|>", "<|end|>", "to=functions.read_file", "<|message|>", '"name"',
         '"arguments"',
         "<arg_key>path</arg_key>", "<arg_value>", '<invoke name="done">', "</invoke>", "Action: done\n",
         "Action Input:"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=400)
@given(st.one_of(st.text(), scraps, st.recursive(st.text() | st.none(), st.lists).map(json.dumps)))
def test_nothing_but_a_reply_error_is_raised(text: str) -> None:
    try:
        parse_reply(text)
    except ReplyError as error:
        assert error.message  # noqa: PT017 - either outcome is right


def _arguments(action: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in action.items() if name != "type"}


def _hermes(action: dict[str, Any]) -> str:
    call = {"name": action["type"], "arguments": _arguments(action)}
    return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>\n"


def _qwen(action: dict[str, Any]) -> str:
    fields = "".join(f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in _arguments(action).items())
    return f"<tool_call>\n<function={action['type']}>\n{fields}</function>\n</tool_call>\n"


def _tags(action: dict[str, Any]) -> str:
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in _arguments(action).items())
    return f"<{action['type']}>{fields}</{action['type']}>\n"


def _mistral(action: dict[str, Any]) -> str:
    return f"[TOOL_CALLS]{action['type']}[ARGS]{json.dumps(_arguments(action))}"


def _harmony(action: dict[str, Any]) -> str:
    body = json.dumps(_arguments(action))
    return f"<|channel|>commentary to=functions.{action['type']} <|constrain|>json<|message|>{body}<|call|>"


def _python(action: dict[str, Any]) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in _arguments(action).items())
    return f"```tool_code\nprint({action['type']}({fields}))\n```\n"


def _lines(action: dict[str, Any]) -> str:
    fields = "".join(f"{name.upper()}: <<<{value}>>>\n" for name, value in _arguments(action).items())
    return f"ACTION: {action['type'].upper()}\n{fields}"


plain = st.text(st.characters(codec="ascii", exclude_characters="\0\r\n`"), min_size=1, max_size=30).map(str.strip)
harmless = plain.filter(lambda text: text and "</" not in text and ">>>" not in text and "<<<" not in text)
simple_actions = st.one_of(
    st.fixed_dictionaries({"type": st.just("read_file"), "path": harmless}),
    st.fixed_dictionaries({"type": st.just("edit_code"), "path": harmless, "old_text": harmless, "new_text": harmless}),
    st.fixed_dictionaries({"type": st.just("git_commit"), "commit_message": harmless}),
    st.fixed_dictionaries({"type": st.just("git_diff")}),
)
FORMS = (_hermes, _qwen, _tags, _mistral, _harmony, _python, _lines)


@settings(max_examples=300)
@given(
    st.lists(simple_actions, min_size=1, max_size=4), st.sampled_from(FORMS), prose, prose,
    st.sampled_from(["", "<think>{}</think>", "[THINK]{}[/THINK]", "{}</think>"]), st.floats(0, 1),
)  # fmt: skip
def test_calls_are_read_in_every_markup_and_never_by_half(
    wanted: list[dict[str, Any]], form: Any, before: str, thought: str, thinking: str, share: float
) -> None:
    text = f"{thinking.format(thought)}{before}\n" + "".join(map(form, wanted))
    named = [(action["type"], _arguments(action)) for action in wanted]

    def read(said: str, *, cut: bool) -> list[tuple[str, dict[str, Any]]]:
        asked = parse_reply(said, cut=cut).actions
        return [(one.name, {key: value for key, value in one.parameters().items() if value != []}) for one in asked]

    assert read(text, cut=False) == named
    try:
        done = read(text[: round(len(text) * share)], cut=True)
    except ReplyError:
        return
    assert done == named[: len(done)]


@settings(max_examples=200)
@given(envelopes, prose, prose, prose, st.sampled_from(["", "```json\n", "```\n", "<answer>"]), st.booleans())
def test_every_envelope_survives_the_noise_around_it(
    envelope: dict[str, Any], before: str, after: str, thought: str, fence: str, ascii_only: bool
) -> None:
    text = json.dumps(envelope, ensure_ascii=ascii_only, indent=2)
    reply = parse_reply(f"<think>{thought}</think>{before}\n{fence}{text}\n{'```' if fence else ''}{after}")
    assert reply.notes == envelope["notes"]
    assert [action.parameters() | {"type": action.name} for action in reply.actions] == [
        {**({"path": ".", "limit": 200} if action["type"] == "search_text" else {}), **action}
        for action in envelope["actions"]
    ]


@settings(max_examples=200)
@given(words.filter(lambda text: "'" not in text or text.isprintable()))
def test_python_notation_says_the_same(notes: str) -> None:
    assert parse_reply(repr({"actions": [{"type": "git_status"}], "notes": notes})).notes == notes
