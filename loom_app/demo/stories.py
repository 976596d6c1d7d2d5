"""What the demo model does with the stories of a PRD: it writes each down as a page of the repository, and builds none.

The task says which page, so that nothing is remembered between requests.
"""

import re
from collections.abc import Iterable

from loom_app.demo.script import envelope

FOLDER = "docs/stories"
LIST = f"{FOLDER}/README.md"
PAGE = re.compile(rf"^The demo model writes .{{1,60}} as `(?P<path>{FOLDER}/[\w-]+\.md)`", re.MULTILINE)
TITLE = re.compile(r"^Title: (.+)$", re.MULTILINE)
SECTION = re.compile(
    r"^## (?P<name>Description|Acceptance criteria)\n(?P<text>.*?)(?=\n\n(?:## |Begin\. Answer)|\Z)",
    re.MULTILINE | re.DOTALL,
)
UNBUILT = "Written down by the demo model in the PRD's own words. Nothing of it is built yet."


def pages(titles: Iterable[str]) -> list[str]:
    """A page of its own for each title."""
    found: list[str] = []
    for title in titles:
        plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:48].rstrip("-") or "story"
        same = sum(re.fullmatch(rf"{FOLDER}/{plain}(-\d+)?\.md", page) is not None for page in found)
        found.append(f"{FOLDER}/{plain}{f'-{same + 1}' if same else ''}.md")
    return found


def promise(what: str, page: str) -> str:
    """What a task says of the page that it is about."""
    return f"The demo model writes {what} as `{page}` and builds nothing: give it to a model that can program for that."


def page_in(task: str) -> str:
    """The page that a task asks for; "" when it is another kind of task."""
    found = PAGE.search(task)
    return found["path"] if found else ""


def reply(task: str, played: int) -> str:
    """The next turn of writing the page."""
    page = page_in(task)
    if not played:
        return envelope([{"type": "read_file", "path": "plans/BOOTSTRAP.md"}], "First I read what the PRD says of it.")
    if played == 1:
        actions = [
            {"type": "write_file", "path": page, "content": text_of(task)},
            {"type": "git_commit", "commit_message": f"Write down: {_title(task)}"},
        ]
        return envelope(actions, "I cannot program. I write down what is asked for and when it is done.")
    reason = f"{page} says what is asked for and when it is done. It is not built: the demo model cannot program."
    return envelope([{"type": "done", "reason": reason}], "Whoever builds it finds everything in one place.")


def text_of(task: str) -> str:
    """The page, from what stands in the task."""
    parts = {found["name"]: found["text"].strip() for found in SECTION.finditer(task)}
    about = "\n".join(line for line in parts.get("Description", "").splitlines() if not PAGE.match(line)).strip()
    criteria = parts.get("Acceptance criteria", "")
    return f"# {_title(task)}\n\n{about}\n\n## Done when\n\n{criteria}\n\n{UNBUILT}\n"


def _title(task: str) -> str:
    found = TITLE.search(task)
    return found[1].strip() if found else "Story"
