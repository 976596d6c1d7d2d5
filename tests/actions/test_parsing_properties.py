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
         "</think>", "```", "true", "None", "//", "#", "\n", '"""', "0", " ", "action", "\ud800", "\0"]
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
