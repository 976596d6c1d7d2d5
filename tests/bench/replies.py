"""How long it takes to read what models answer, in the mix of forms they answer in."""

import json
import time
from contextlib import suppress

from loom_app.actions.faults import ReplyError
from loom_app.actions.parsing import parse_reply
from tests.bench.table import Figure

ROUNDS = 200
CODE = "def total(rows):\n    return {'sum': sum(row[\"net\"] for row in rows)}\n\n\n" * 20
EDIT = {"type": "edit_code", "path": "src/app.py", "old_text": CODE[:400], "new_text": CODE[:450]}
ENVELOPE = json.dumps(
    {"actions": [{"type": "read_file", "path": "a.py"}, EDIT, {"type": "run_tests"}], "notes": "Look."}
)
WRITE = {"type": "write_file", "path": "src/app.py", "content": CODE}
MIX = (
    ENVELOPE,
    f"```json\n{ENVELOPE}\n```",
    f"<think>{'The total may be rounded twice, so the file comes first. ' * 25}</think>\n{ENVELOPE}",
    f"Here is what I do next: it changes the total only.\n\n{ENVELOPE}\n\nThen I run the tests.",
    json.dumps({"action": "read", "path": "src/app.py"}),
    json.dumps({"actions": [WRITE]}).replace("}]", "},]"),
    '<tool_call>\n{"name": "read_file", "arguments": {"path": "src/app.py"}}\n</tool_call>',
    f"<function=write_file><parameter=path>a.py</parameter><parameter=content>\n{CODE}</parameter></function>",
    f"ACTION: EDIT\nPATH: a.py\nOLD:\n<<<\n{CODE[:400]}>>>\nNEW:\n<<<\n{CODE[:450]}>>>\n",
    "Everything is done: the total is right and the tests pass. " * 4,
)
"""The envelope bare, fenced, after reasoning and within prose; one action; commas too many; markup; lines; prose."""


def scene() -> list[Figure]:
    """Milliseconds a reply takes on average; half a millisecond is 2,000 replies a second."""
    begun = time.process_time()
    for _ in range(ROUNDS):
        for text in MIX:
            with suppress(ReplyError):
                parse_reply(text)
    took = (time.process_time() - begun) * 1_000
    return [Figure("reply_read_mean", took / (ROUNDS * len(MIX)), "ms", 0.5)]
