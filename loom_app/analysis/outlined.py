"""An outline as it is shown: what there is, what is said of it, and of what nothing is said."""

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked

MAX_ENTRIES = 300
MAX_SIGNATURE = 300
Entry = tuple[str, str, int, str, int]
"""Name, signature, line, what is said of it, and how deep it stands."""


def told(asked: Asked, entries: list[Entry]) -> Answer:
    kept = entries[:MAX_ENTRIES]
    lines = [f"# {asked.path}", ""]
    for _, signature, line, said, depth in kept:
        if signature != asked.path:
            lines.append(f"{'  ' * depth}- `{signature}` (line {line}){': ' + said if said else ''}")
        elif said:
            lines[1:1] = ["", said]
    missing = [
        {"name": name, "line": line, "signature": signature} for name, signature, line, said, _ in kept if not said
    ]
    facts = {
        "outline": "\n".join(lines),
        "missing": missing,
        "names": len(entries),
        "left_out": len(entries) - len(kept),
    }
    return Answer("meaning", facts=facts)
