"""Beads as the beads tool's JSON shows them: the members of a bead's line in its file, with what lists add."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loom_app.bdcli.place import At
from loom_app.beadfiles.interchange import lines
from loom_app.beadfiles.jsontext import load
from loom_app.beads import service as beads
from loom_app.beads.comments import of_bead
from loom_app.beads.graph import BLOCKS, PARENT_CHILD
from loom_app.beads.models import Comment
from loom_app.kernel.clock import rfc3339

Issue = dict[str, Any]
UNSAID: Issue = {"status": "open", "priority": 0, "issue_type": "task"}
"""What a line means that leaves these out, as old ones do. Answers never do."""


async def plain(at: At, ids: Sequence[str]) -> list[Issue]:
    """The beads of `ids`, in that order, as their lines tell them."""
    found = await lines(at.tx, ids, actor=at.actor)
    return [UNSAID | load(found[bead_id]) for bead_id in ids if bead_id in found]


async def bare(at: At, ids: Sequence[str]) -> list[Issue]:
    """The beads of `ids` as changes show them: without what they are tied to and what was said."""
    return [_without(issue, "dependencies", "comments") for issue in await plain(at, ids)]


async def listed(at: At, ids: Sequence[str]) -> list[Issue]:
    """The beads of `ids` as lists show them: without comments, with how many of everything there are."""
    issues = await plain(at, ids)
    dependents = Counter(link.depends_on_id for link in await beads.links_to(at.tx, ids, [BLOCKS]))
    return [_counted(issue, dependents[issue["id"]]) for issue in issues]


async def detailed(at: At, ids: Sequence[str]) -> list[Issue]:
    """The beads of `ids` with the beads they are tied to and their comments."""
    issues = await plain(at, ids)
    behind = await beads.links_to(at.tx, ids)
    others = [link["depends_on_id"] for issue in issues for link in issue.get("dependencies", [])]
    others += [link.bead_id for link in behind]
    known = {other["id"]: other for other in await plain(at, list(dict.fromkeys(others)))}
    for issue in issues:
        links = issue.pop("dependencies", [])
        parent = parent_of(links)
        ahead = [(link["depends_on_id"], link.get("type", "blocks")) for link in links]
        waiting = [(link.bead_id, link.type) for link in behind if link.depends_on_id == issue["id"]]
        tied = {"dependencies": _relatives(ahead, known), "dependents": _relatives(waiting, known)}
        issue.update({name: value for name, value in tied.items() if value})
        said = [comment(one) for one in await of_bead(at.tx, issue["id"])]
        issue.pop("comments", None)
        issue.update({"comments": said} if said else {})
        issue.update({"parent": parent} if parent else {})
        counts = {"dependency_count": len(ahead), "dependent_count": len(waiting), "comment_count": len(said)}
        issue.update(counts)
    return issues


def comment(said: Comment) -> dict[str, Any]:
    """A comment. Its id is a text whatever the file it came with calls it."""
    return {
        "id": str(load(said.file_id)) if said.file_id else said.id,
        "issue_id": said.bead_id, "author": said.author, "text": said.content, "created_at": rfc3339(said.created_at),
    }  # fmt: skip


def parent_of(links: Iterable[Mapping[str, Any]]) -> str:
    """The bead that the owner of these dependencies is a child of; empty for none."""
    return next((link["depends_on_id"] for link in links if link.get("type") == PARENT_CHILD), "")


def _counted(issue: Issue, dependents: int) -> Issue:
    links = issue.get("dependencies", [])
    parent, said = parent_of(links), len(issue.pop("comments", []))
    for link in links:
        link.setdefault("metadata", "{}")
    blocking = sum(link.get("type", BLOCKS) == BLOCKS for link in links)
    counts = {"dependency_count": blocking, "dependent_count": dependents, "comment_count": said}
    return {**issue, **counts, **({"parent": parent} if parent else {})}


def _without(issue: Issue, *names: str) -> Issue:
    return {name: value for name, value in issue.items() if name not in names}


def _relatives(ends: list[tuple[str, str]], known: Mapping[str, Issue]) -> list[Issue]:
    """The beads at the other ends of dependencies; those that are not in Loom are left out."""
    return [
        {**_without(known[other], "dependencies", "comments"), "dependency_type": type_}
        for other, type_ in ends
        if other in known
    ]


def line_of(issue: Issue) -> str:
    """One line of a list for people."""
    who = f" @{issue['assignee']}" if issue.get("assignee") else ""
    tags = f" [{', '.join(issue['labels'])}]" if issue.get("labels") else ""
    kind, status = issue["issue_type"], issue["status"]
    return f"{issue['id']} [P{issue['priority']}] [{kind}] {status}{who}{tags} - {issue['title']}"
