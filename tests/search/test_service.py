"""What is found, in which order, by whom, and what is said when nothing is; on SQLite and PostgreSQL alike."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, Comment, Dependency
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.search import indexing
from tests.search.making import add, asked, bead, bead_ids, comment, found, project, run, turn

READ = frozenset({"beads:read"})
GARDENER = Actor("user", "user-gardener", "gardener", READ, frozenset({"garden"}))
STRANGER = Actor("user", "user-stranger", "stranger", READ, frozenset())
LOGIN = ["bd-a1b2.3", "bd-2", "cmt-1", "run-1", "run-1"]
EVERYTHING = {"bd-a1b2.3", "bd-2", "bd-3", "bd-4", "bd-5"}

WORDS = {
    "logi": LOGIN, "logi page": [], "login PAGE": ["bd-a1b2.3"], '"login page"': ["bd-a1b2.3"], '"page login"': [],
    "login -page in:title,comments": ["cmt-1"], "peas OR brulee": ["bd-4", "bd-2"], "CREME": ["bd-2"],
    "brûlée": ["bd-2"], "дождь": ["bd-3"], "登录": ["bd-3"], "录错": ["bd-3"], "录登": [], "snake_case": ["bd-3"],
    "path/to/file.py": ["bd-3"], "C++": ["bd-3"], "bd-a1b2.3": ["bd-a1b2.3"], "BD-A1B2.3": ["bd-a1b2.3"],
    "gh-4711": ["bd-5"], "login in:comments": ["cmt-1"], "login -in:runs,comments": ["bd-a1b2.3", "bd-2"],
    "reply in:runs": ["run-1"], "front": ["bd-a1b2.3"], "login status:blocked": ["bd-2"],
    "login -status:blocked in:title": ["bd-a1b2.3"], "login NOT page NOT oven in:title,comments": ["cmt-1"],
}  # fmt: skip
"""Query → what it finds, best first."""
FIELDS = {
    "status:open": {"bd-a1b2.3", "bd-4"}, "status:closed": {"bd-3", "bd-5"},
    "status:open,blocked": {"bd-a1b2.3", "bd-4", "bd-2"}, "priority:p0": {"bd-a1b2.3"},
    "priority:P0-P1": {"bd-a1b2.3"}, "p:0 OR type:bug": {"bd-a1b2.3", "bd-2"}, "peas OR type:bug": {"bd-4", "bd-2"},
    "agent:qa": {"bd-2"}, 'holder:"quinn"': {"bd-2"}, "assignee:none is:open": {"bd-a1b2.3", "bd-4"},
    'label:"front end"': {"bd-a1b2.3"}, "project:Garden": {"bd-4"}, "parent:bd-a1b2.3": {"bd-5"},
    "id:bd-a*": {"bd-a1b2.3"}, "id:bd-2": {"bd-2"}, "is:overdue": {"bd-2"}, "is:blocked": {"bd-2"},
    "is:ready": {"bd-a1b2.3", "bd-4"}, "has:comments": {"bd-4", "bd-5"}, "has:runs": {"bd-5"},
    "has:children": {"bd-a1b2.3"}, "has:parent": {"bd-5"}, "has:due -status:done": {"bd-2"},
    "created:today OR created:yesterday": EVERYTHING, "created:>2099-01-01": set(), "due:<today": {"bd-2"},
    "due:-7d": {"bd-2"}, "-peas -login": {"bd-3", "bd-5"}, "remember": {"bd-5"}, "token has:runs": {"bd-5"},
    "🔥": set(), "": EVERYTHING,
}  # fmt: skip
"""Query → the beads it leaves."""
MISSPELT = [
    ("login status:opn", "opn is no status here. Did you mean open?", "login status:open"),
    ("staus:open", "There is no field staus:", "status:open"),
    ("agent:quin", "", ""),
    ("agent:qinn", "qinn is no agent here. Did you mean Quinn?", "agent:Quinn"),
    ("type:bgu", "bgu is no type here", "type:bug"),
    ("tag:outdoor", "outdoor is no tag here", "tag:outdoors"),
    ("priority:7", "7 is no priority here. priority: takes 0 to 4", ""),
    ("is:redy login", "redy is no is here", "is:ready login"),
    ("created:soon", "soon is no created here", ""),
    ("lgoin", "", "login"),
    ("the pae", "", "the page"),
    ("in:title lgoin page", "", "in:title login page"),
    ("https://example.com/a?b=c", "", ""),
]
"""Query, a problem that is named, what may have been meant."""
STRANGE = [
    '"', '""', "*", "NEAR(a b)", "AND", "OR OR", "-", "a AND", "{title}: x", "^login", "x'; DROP TABLE beads; --",
    "title:login", "rank:1", ":*", "a:*", "!a", "a & b | !c", "<->", "'", "\\", "(", "%", "_", '-"', "status:", "id:*",
    "id:%*", "𝐀𝐁", "a" * 3000, "is:ready " * 60, "\u0301", "''' || '", "created:>0001-01-01", "created:<9999-12-31",
    "created:-9999w", "priority:0-4", "-status:nothing", "ª²", "a -b -c OR d", "is:ready is:blocked has:runs OR x",
]  # fmt: skip


@pytest.fixture
async def kitchen(db: Database) -> Database:
    """A kitchen and a garden with a few beads."""
    yesterday = now() - timedelta(days=1)
    login = bead("bd-a1b2.3", "Fix the login page", description="It times out under load.", priority=0)
    login.tags = ["front end"]
    dessert = bead("bd-2", "Crème brûlée", description="The login of the oven", status="blocked", type="bug")
    dessert.due_date, dessert.assigned_to = yesterday, "agent-1"
    other = bead("bd-3", "修复登录错误", notes="snake_case and C++ in path/to/file.py", status="done")
    other.close_reason = "обещал ДОЖДЬ"
    await add(
        db, project("kitchen"), project("garden"), login, dessert, other,
        bead("bd-4", "Sow peas", "garden", description="secretly", tags=["outdoors"]),
        bead("bd-5", "Something else", external_ref="gh-4711", status="done"),
        Dependency(bead_id="bd-5", depends_on_id="bd-a1b2.3", type="parent-child"),
        Agent(id="agent-1", name="Quinn", role="qa-engineer", persona_name="qa", project_id="kitchen"),
        comment("cmt-1", "bd-5", "The login should remember me"), comment("cmt-2", "bd-4", "secretly said"),
        run("run-1", "bd-5", "The provider refused the login token."),
        turn("run-1", 1, notes="I looked at login.py first"), turn("run-1", 2, reply="only a reply here"),
    )  # fmt: skip
    return db


async def test_titles_come_before_texts_before_comments_before_runs(kitchen: Database) -> None:
    answer = await asked(kitchen, "login")
    assert [each["source_id"] for each in answer["results"]] == LOGIN
    assert [each["kind"] for each in answer["results"]] == ["bead", "bead", "comment", "run", "run"]
    assert [each["where"] for each in answer["results"]] == ["title", "description", "comments", "runs", "runs"]
    pages = [(await asked(kitchen, "login", limit=2, offset=offset))["results"] for offset in (0, 2, 4, 6)]
    assert [each["source_id"] for page in pages for each in page] == LOGIN


async def test_words_and_fields(kitchen: Database) -> None:
    assert {query: await found(kitchen, query) for query in WORDS} == WORDS
    assert {query: await bead_ids(kitchen, query) for query in FIELDS} == FIELDS


async def test_what_was_misspelt_is_named_and_put_right(kitchen: Database) -> None:
    for query, problem, better in MISSPELT:
        answer = await asked(kitchen, query)
        assert problem in " ".join(answer["problems"])
        assert (query, bool(answer["problems"])) == (query, bool(problem))
        assert (query, (answer["did_you_mean"] or {"query": ""})["query"]) == (query, better)


async def test_nobody_finds_counts_or_is_told_of_what_they_do_not_see(kitchen: Database) -> None:
    for query in ("login", "bd-a1b2.3", "status:blocked", "agent:qa", "id:bd-2", "-secretly", "login OR status:done"):
        assert await found(kitchen, query, GARDENER) == []
    for query in ("lgoin", "agent:qinn", "tag:front", "project:kitchn", "type:bgu", "parent:bd-2"):
        answer = await asked(kitchen, query, GARDENER)
        told = f"{answer['did_you_mean']} {answer['problems']}"
        assert [word for word in ("login", "Quinn", "front end", "kitchen", "Kitchen") if word in told] == []
        assert answer["total"] == 0
    assert await bead_ids(kitchen, "", GARDENER) == {"bd-4"}
    assert await found(kitchen, "secretly", STRANGER) == []
    assert await found(kitchen, "secretly", project_id="kitchen") == []
    assert await found(kitchen, "secretly", project_id="garden") == ["bd-4", "cmt-2"]


async def test_a_moved_a_changed_and_a_deleted_bead_are_found_as_they_are(kitchen: Database) -> None:
    await _change(kitchen, update(Bead).where(col(Bead.id) == "bd-5").values(project_id="garden", title="Moved"))
    await _change(kitchen, update(Comment).where(col(Comment.id) == "cmt-1").values(content="said anew"))
    assert await found(kitchen, "token", GARDENER) == ["run-1"]
    assert await found(kitchen, "anew OR moved", GARDENER) == ["bd-5", "cmt-1"]
    assert await found(kitchen, "remember OR else") == []
    await _change(kitchen, update(Bead).where(col(Bead.id) == "bd-5").values(source_status="tombstone"))
    assert await found(kitchen, "moved OR token OR anew") == []
    assert await bead_ids(kitchen, "") == EVERYTHING - {"bd-5"}
    await _change(kitchen, update(Bead).where(col(Bead.id) == "bd-5").values(source_status=""))
    assert await found(kitchen, "moved OR token OR anew") == ["bd-5", "cmt-1", "run-1"]
    await _change(kitchen, delete(Bead).where(col(Bead.id) == "bd-5"))
    assert await found(kitchen, "moved OR token OR anew") == []


async def test_an_index_that_was_damaged_is_found_out_and_made_anew(kitchen: Database) -> None:
    async with kitchen.write() as tx:
        assert await indexing.faults(tx) == []
        await tx.execute(text("DELETE FROM search_documents WHERE key = 'bd-2'"))
        await tx.execute(text("UPDATE search_documents SET project_id = 'garden' WHERE key = 'bd-3'"))
        named = [fault.split(" ", 1)[1] for fault in await indexing.faults(tx)]
        assert named[:2] == ["not in the index", "indexed for another project"]
        assert await indexing.rebuild(tx) == 10
        assert await indexing.faults(tx) == []
    assert await found(kitchen, "brulee") == ["bd-2"]


async def test_a_nul_is_refused_and_pieces_of_other_languages_are_only_words(kitchen: Database) -> None:
    with pytest.raises(Invalid, match="NUL"):
        await asked(kitchen, "a\x00b")
    for query in STRANGE:
        await asked(kitchen, query)
        await bead_ids(kitchen, query)
    assert await bead_ids(kitchen, "") == EVERYTHING


async def test_snippets_show_what_was_found_in_parts(kitchen: Database) -> None:
    (one,) = (await asked(kitchen, "oven"))["results"]
    assert one["snippet"] == [{"text": "The login of the ", "hit": False}, {"text": "oven", "hit": True}]
    (cake,) = (await asked(kitchen, "brulee"))["results"]
    assert cake["snippet"] == [{"text": "Crème ", "hit": False}, {"text": "brûlée", "hit": True}]
    (chinese,) = (await asked(kitchen, "登录"))["results"]
    assert "".join(part["text"] for part in chinese["snippet"] if part["hit"]) == "登录"


async def _change(db: Database, statement: object) -> None:
    """Writes past every service, as imports do; the index must be what it should be all the same."""
    async with db.write() as tx:
        await tx.execute(statement)  # type: ignore[call-overload]
        assert await indexing.faults(tx) == []
