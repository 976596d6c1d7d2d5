"""The same words to the real tool and to Loom: the same members in the answers."""

import asyncio
from typing import Any

import pytest

from loom_app.kernel.database import Database
from tests.bdcli.conftest import Bd
from tests.beads.making import project
from tests.interop.real import Real

pytestmark = pytest.mark.interop
SAID: tuple[tuple[str, ...], ...] = (
    ("create", "A", "--id", "t-a", "-p", "P0", "-d", "d", "-l", "x", "-e", "5", "--metadata", '{"k":1}'),
    ("create", "E", "--id", "t-e", "-t", "epic"),
    ("create", "C", "--parent", "t-e", "--deps", "t-a"),
    ("list",), ("list", "--all", "-n", "1"), ("ready",), ("blocked",), ("show", "t-a", "t-e.1"), ("children", "t-e"),
    ("dep", "tree", "t-e.1"), ("dep", "list", "t-e.1"), ("dep", "cycles"),
    ("dep", "add", "t-a", "t-e", "--type", "related"), ("dep", "remove", "t-a", "t-e"),
    ("update", "t-a", "--claim"), ("update", "t-a", "--title", "B", "--add-label", "y"),
    ("comments", "add", "t-a", "hello"), ("comments", "t-a"), ("label", "add", "t-a", "z"), ("label", "list", "t-a"),
    ("label", "list-all"), ("note", "t-a", "n"), ("count",), ("count", "--by-status"), ("search", "B"), ("stats",),
    ("close", "t-a", "--reason", "r"), ("reopen", "t-a"), ("version",),
)  # fmt: skip
OURS_ALONE = {"dependents", "comments"}
THEIRS_ALONE = {"owner", "started_at", "assignee"}
"""What the tool takes from git, keeps of a claim, or leaves with whoever claimed a bead that is opened again."""


def shape(answer: Any) -> Any:
    """The members of an answer and of what is in it, whatever their values and their order."""
    if isinstance(answer, list):
        return sorted((shape(one) for one in answer), key=repr)
    if not isinstance(answer, dict):
        return type(answer).__name__
    members = sorted(answer.items())
    return {
        name: "object" if name == "metadata" else "number" if isinstance(value, int | float) else shape(value)
        for name, value in members
        if name not in OURS_ALONE | THEIRS_ALONE
    }


@pytest.mark.timeout(240)  # some thirty runs of a program that opens its database anew
async def test_answers_have_the_same_members(bd: Bd, db: Database, real: Real) -> None:
    if real.old:
        pytest.skip("the shapes are those of version 1")
    await project(db)
    for words in SAID:
        theirs = await asyncio.to_thread(real.json, *words)
        assert shape(await bd.json(*words)) == shape(theirs), words


async def test_refusals_have_the_same_exit_code(bd: Bd, db: Database, real: Real) -> None:
    await project(db)
    for words in (("show", "t-zz"), ("create",), ("nonsense",), ("list", "--nonsense"), ("update", "t-zz", "-p", "1")):
        assert (await bd(*words)).code == real.run(*words, ok=False).returncode == 1, words
