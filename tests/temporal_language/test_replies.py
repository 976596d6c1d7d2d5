"""Blocks are heard in what a model says, and never in what it writes, shows or thinks."""

import json

from loom_app.actions.parsing import parse_reply
from loom_app.temporal_language.replies import heard

BLOCK = "<temporal>\nLIST\nEND\n</temporal>"
WRITE = {"type": "write_file", "path": "docs.md", "content": f"Use it so:\n\n{BLOCK}\n"}


def test_beside_the_answer() -> None:
    answer = json.dumps({"actions": [WRITE], "notes": "so"})
    with_input = BLOCK.replace("LIST", 'WORKFLOW: A\n  INPUT: {"title": "</temporal>",\n "x": 1}')
    for reply in (f"{with_input}\n{answer}", f"{answer}\n\n{with_input}\n", f"Well.\n\n{with_input}\n\n{answer}"):
        found = heard(reply)
        assert [each.keys for each in found.instructions] == [{"INPUT": {"title": "</temporal>", "x": 1}}]
        assert parse_reply(found.text).actions[0].parameters()["content"] == WRITE["content"]
        assert "WORKFLOW" not in found.text


def test_in_the_notes() -> None:
    found = heard(json.dumps({"actions": [WRITE], "notes": f"First this.\n\n{BLOCK}\n\nThen that: \u00fc"}))
    assert len(found.instructions) == 1
    reply = parse_reply(found.text)
    assert reply.notes == "First this.\n\nThen that: \u00fc"
    assert reply.actions[0].parameters()["content"] == WRITE["content"]


def test_files_thoughts_and_examples_are_left_alone() -> None:
    for reply in (
        json.dumps({"actions": [WRITE]}),
        f"<think>I could use {BLOCK}</think>" + json.dumps({"actions": [WRITE]}),
        f"```\n{BLOCK}\n```",
        "ACTION: WRITE\nPATH: docs.md\nCONTENT:\n<<<\n" + BLOCK + "\n>>>\n",
    ):
        found = heard(reply)
        assert (list(found.instructions), found.text) == ([], reply)


def test_a_reply_that_is_only_a_block_leaves_nothing() -> None:
    assert heard(BLOCK).text == ""
