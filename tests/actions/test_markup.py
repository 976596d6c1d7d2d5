"""Calls as models write them into their text, each family in its own markup."""

import json

import pytest

from loom_app.actions.faults import ReplyError
from loom_app.actions.parsing import parse_reply

Read = tuple[str, dict[str, object]]
READ: Read = ("read_file", {"path": "a.py"})
STATUS: Read = ("git_status", {})
EDIT: Read = ("edit_code", {"path": "a.py", "old_text": "x < 1", "new_text": "x > 1"})
WRITE: Read = ("write_file", {"path": "a.py", "content": "if x:\n    y()\n"})


def read(text: str) -> list[Read]:
    return [(action.name, action.parameters()) for action in parse_reply(text).actions]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # Hermes, Qwen
        ('<tool_call>\n{"name": "read_file", "arguments": {"path": "a.py"}}\n</tool_call>', [READ]),
        ('I look.\n<tool_call>{"name": "read_file", "arguments": {"path": "a.py"}}</tool_call>\n'
         '<tool_call>{"name": "git_status", "arguments": {}}</tool_call>', [READ, STATUS]),
        ('<think>maybe <tool_call>{"name": "done", "arguments": {}}</tool_call></think>'
         '<tool_call>{"name": "git_status", "arguments": "{}"}</tool_call>', [STATUS]),
        ("<tool_call>{'name': 'read_file', 'arguments': {'path': 'a.py',},}</tool_call>", [READ]),
        # Qwen3-Coder
        ("<tool_call>\n<function=edit_code>\n<parameter=path>\na.py\n</parameter>\n<parameter=old_text>\nx < 1\n"
         "</parameter>\n<parameter=new_text>\nx > 1\n</parameter>\n</function>\n</tool_call>", [EDIT]),
        ("<function=write_file><parameter=path>a.py</parameter><parameter=content>\nif x:\n    y()\n</parameter>"
         "</function>", [WRITE]),
        ("<function=write_file><parameter=path>a</parameter><parameter=content>see </parameter> here</parameter>"
         "</function>", [("write_file", {"path": "a", "content": "see </parameter> here"})]),
        ("<function=git_status></function><function=read_file><parameter=path>a.py</parameter></function>",
         [STATUS, READ]),
        # Llama
        ('<function=read_file>{"path": "a.py"}</function>', [READ]),
        ('<|python_tag|>{"name": "read_file", "parameters": {"path": "a.py"}}', [READ]),
        ('{"type": "function", "name": "read_file", "parameters": {"path": "a.py"}}', [READ]),
        ('<|python_tag|>read_file(path="a.py")<|eom_id|>', [READ]),
        # Mistral
        ('[TOOL_CALLS] [{"name": "read_file", "arguments": {"path": "a.py"}, "id": "x"}, '
         '{"name": "git_status", "arguments": {}}]', [READ, STATUS]),
        ('[TOOL_CALLS]read_file[ARGS]{"path": "a.py"}[TOOL_CALLS]git_status[ARGS]{}', [READ, STATUS]),
        ('[THINK]{"action": "done"}[/THINK][TOOL_CALLS]read_file[CALL_ID]abc[ARGS]{"path": "a.py"}', [READ]),
        # gpt-oss
        ('<|channel|>analysis<|message|>I could {"action": "done"}.<|end|><|start|>assistant<|channel|>commentary '
         'to=functions.read_file <|constrain|>json<|message|>{"path": "a.py"}<|call|>', [READ]),
        ('analysisWe look.assistantcommentary to=functions.read_file json{"path": "a.py"}', [READ]),
        ('<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{"action": "git_status"}',
         [STATUS]),
        # DeepSeek, Kimi, GLM, Claude, MiniMax
        ("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n```json\n"
         '{"path": "a.py"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>', [READ]),
        ('<｜tool▁call▁begin｜>read_file<｜tool▁sep｜>{"path": "a.py"}<｜tool▁call▁end｜>', [READ]),
        ('<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>'
         '{"path": "a.py"}<|tool_call_end|><|tool_calls_section_end|>', [READ]),
        ("<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>\n</tool_call>", [READ]),
        ('<function_calls>\n<invoke name="edit_code">\n<parameter name="path">a.py</parameter>\n'
         '<parameter name="old_text">x < 1</parameter>\n<parameter name="new_text">x > 1</parameter>\n</invoke>\n'
         "</function_calls>", [EDIT]),
        ('<minimax:tool_call>\n<invoke name="git_status">\n</invoke>\n</minimax:tool_call>', [STATUS]),
        # Gemma and Python
        ('```tool_code\nprint(read_file(path="a.py"))\n```', [READ]),
        ("```tool_code\nstatus = default_api.git_status()\nread_file('a.py')\n```", [STATUS, READ]),
        ('```tool_code\nwrite_file(path="a.py", content="""if x:\n    y()\n""")\n```', [WRITE]),
        ("```tool_code\nedit_code(path=r'a.py', old_text='x < 1', new_text=\"x \\x3e 1\",)\n```", [EDIT]),
        # tags
        ("<read_file>\n<path>a.py</path>\n</read_file>", [READ]),
        ("Now I write.\n<write_file><path>a.py</path><content>\nif x:\n    y()\n</content></write_file>", [WRITE]),
        ("<write_file><path>a</path><content><p>x</p></content> </content></write_file>",
         [("write_file", {"path": "a", "content": "<p>x</p></content> "})]),
        ("<git_status></git_status>", [STATUS]),
        ("First:\n<git_status/>\n", [STATUS]),
        # JSON of frameworks
        ('{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "read_file", '
         '"arguments": "{\\"path\\": \\"a.py\\"}"}}]}', [READ]),
        ('{"function_call": {"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}}', [READ]),
        ('{"type": "tool_use", "id": "1", "name": "read_file", "input": {"path": "a.py"}}', [READ]),
        ('{"action": "read_file", "action_input": {"path": "a.py"}}', [READ]),
        ('{"name": "functions.read_file", "arguments": {"path": "a.py"}}\n{"name": "git_status", "arguments": {}}',
         [READ, STATUS]),
        ('{"read_file": {"path": "a.py"}}', [READ]),
        ('{"actions": ["git_status", {"function": {"name": "read_file", "arguments": {"path": "a.py"}}}]}',
         [STATUS, READ]),
        ('Thought: look\nAction: read_file\nAction Input: {"path": "a.py"}\nObservation: it is empty\nAction: done\n',
         [READ]),
    ],
)  # fmt: skip
def test_calls_in_text_are_read(text: str, wanted: list[Read]) -> None:
    assert read(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ACTION: READ a.py", [READ]),
        ("I look first.\n\nACTION: READ\nPATH: a.py\n\nACTION: GIT_STATUS\n", [READ, STATUS]),
        ("**ACTION:** `READ` a.py", [READ]),
        ("ACTION: EDIT\nPATH: a.py\nOLD:\n<<<\nx < 1\n>>>\nNEW:\n<<<\nx > 1\n>>>\n", [EDIT]),
        ("ACTION: EDIT a.py\nOLD: <<<x < 1>>>\nNEW: <<<x > 1>>>", [EDIT]),
        ("ACTION: WRITE a.py\n<<<\nif x:\n    y()\n>>>", [WRITE]),
        ("ACTION: WRITE\nPATH: a.py\nCONTENT:\n```python\nif x:\n    y()\n```\n", [WRITE]),
        ("ACTION: DONE\nREASON: all tests pass", [("done", {"reason": "all tests pass"})]),
        ("ACTION: DONE all tests pass", [("done", {"reason": "all tests pass"})]),
        ("ACTION: TREE", [("read_tree", {"path": ".", "max_depth": 3, "limit": 500})]),
        ("ACTION: GIT_COMMIT\nMESSAGE: Add it\n", [("git_commit", {"commit_message": "Add it", "files": []})]),
    ],
)  # fmt: skip
def test_actions_written_as_lines_are_read(text: str, wanted: list[Read]) -> None:
    assert read(text) == wanted


CALLS = [
    '<tool_call>{"name": "git_commit", "arguments": {"commit_message": "one two three"}}</tool_call>',
    "<function=git_commit><parameter=commit_message>one two three</parameter></function>",
    '<invoke name="git_commit"><parameter name="commit_message">one two three</parameter></invoke>',
    "<git_commit><commit_message>one two three</commit_message></git_commit>",
    '[TOOL_CALLS]git_commit[ARGS]{"commit_message": "one two three"}',
    '```tool_code\ngit_commit(commit_message="one two three")\n```',
    '<|channel|>commentary to=functions.git_commit<|message|>{"commit_message": "one two three"}<|call|>',
    "<tool_call>git_commit<arg_key>message</arg_key><arg_value>one two three</arg_value></tool_call>",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_call_that_was_cut_off_is_not_carried_out(text: str) -> None:
    assert [name for name, _ in read(text)] == ["git_commit"]
    for end in range(1, len(text)):
        try:
            done = parse_reply(text[:end], cut=True).actions
        except ReplyError:
            continue
        assert [action.parameters()["commit_message"] for action in done] == ["one two three"], text[:end]


@pytest.mark.parametrize("text", CALLS)
def test_nothing_of_a_reply_runs_when_one_of_its_calls_is_broken(text: str) -> None:
    broken = text.replace("one two three", "{}<>\"'").removesuffix("</tool_call>")[: len(text) - 12]
    with pytest.raises(ReplyError):
        parse_reply(f'<tool_call>{{"name": "git_status", "arguments": {{}}}}</tool_call>\n{broken}')


def test_lines_have_no_end_so_a_reply_that_was_cut_off_runs_none() -> None:
    text = "ACTION: BASH rm -rf build"
    assert read(text)
    with pytest.raises(ReplyError, match="cut off"):
        parse_reply(text, cut=True)


@pytest.mark.parametrize(
    "text",
    [
        "My next action: read the file.",
        "Action: I would like to read a.py",
        "The tag <read_file> lists files and <path> names one.",
        "<p><b>done</b></p> <summary><b>x</b></summary>",
        "Then git_status() and done().",
        "```python\nread_file(path='a')\n```",
        "It goes to=functions.nothing and [TOOL_CALLS] follow.",
        "<function=greet> is what I would write.",
    ],
)
def test_prose_about_calls_is_prose(text: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_reply(text)
    assert caught.value.kind == "prose"


@pytest.mark.parametrize(
    ("text", "kind", "phrase"),
    [
        ('<tool_call>{"name": "raed_file", "arguments": {"path": "a"}}</tool_call>', "invalid_action", "read_file"),
        ("<function=open_door>{}</function>", "invalid_action", "no action 'open_door'"),
        ('<tool_call>{"name": "read_file", "arguments": {"path": 1 2}}</tool_call>', "invalid_json", "HERE"),
        ("```tool_code\nread_file(path=os.getcwd())\n```", "invalid_json", "in quotes"),
        ("<read_file><path>a.py</path>", "truncated", "cut off"),
        ("ACTION: EDIT a.py\nOLD:\n<<<\nx", "truncated", "cut off"),
    ],
)
def test_faults_in_calls_are_explained(text: str, kind: str, phrase: str) -> None:
    with pytest.raises(ReplyError) as caught:
        parse_reply(text)
    assert caught.value.kind == kind
    assert phrase in caught.value.message


def test_markup_inside_a_json_text_is_only_text() -> None:
    inside = '<tool_call>{"name": "done", "arguments": {}}</tool_call>\nACTION: DONE\n<done></done>'
    text = json.dumps({"actions": [{"type": "write_file", "path": "a", "content": inside}]})
    assert read(text) == [("write_file", {"path": "a", "content": inside})]


def test_of_several_replies_the_first_is_carried_out_and_the_model_told() -> None:
    reply = parse_reply('{"action": "git_status"}\n{"action": "done"}\n{"action": "git_status"}')
    assert [action.name for action in reply.actions] == ["git_status"]
    assert "only the first" in reply.remarks[0]
    assert parse_reply('{"action": "git_status"}\n{"action": "git_status"}').remarks == []
