"""Dependencies into projects that the reader does not see: they hold, and nothing of the other end is told."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beadfiles.interchange import export_text, import_text
from loom_app.beads import service
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from tests.beads.making import events
from tests.support import houses, people

MINE, THEIRS = "zqmine", "zqtheirs"
ANN = Actor("user", "user-ann", "ann", frozenset({"beads:*"}), frozenset({MINE}))
ADA = Actor("user", "user-ada", "ada", frozenset({"*:*"}))


@pytest.fixture
async def linked(db: Database) -> None:
    """Bead 1 of ours waits for one of theirs, is related to one and child of one; one of theirs waits for ours."""
    await houses.house(db, MINE)
    await houses.house(db, THEIRS)
    for target, type_ in ((1, "blocks"), (2, "related"), (3, "parent-child")):
        await houses.link(db, f"{MINE}-1", f"{THEIRS}-{target}", type_)
    await houses.link(db, f"{THEIRS}-1", f"{MINE}-3")


@pytest.fixture
async def ann(app: FastAPI, linked: None) -> AsyncIterator[AsyncClient]:
    async with people.signed_in(app, "user", "ann", sees=[MINE]) as http:
        yield http


async def test_what_is_waited_for_elsewhere_is_not_named(ann: AsyncClient, client: AsyncClient) -> None:
    shown = (await ann.get(f"/api/v1/beads/{MINE}-1")).json()
    assert shown["is_blocked"]
    near, elsewhere = shown["blockers"]
    assert near["why"].startswith(f"because {MINE}-2 “Paint {MINE}” is in progress, open since ")
    assert elsewhere.pop("why") == "because of work in another project"
    assert set(elsewhere.values()) == {None}
    assert (shown["parent"], shown["related_to"], shown["blocked_by"]) == (None, [], [f"{MINE}-2"])
    whole = (await client.get(f"/api/v1/beads/{MINE}-1")).json()
    assert (whole["parent"], whole["related_to"]) == (f"{THEIRS}-3", [f"{THEIRS}-2"])
    assert {reason["bead_id"] for reason in whole["blockers"]} == {f"{MINE}-2", f"{THEIRS}-1"}


@pytest.mark.parametrize(
    "path", ["beads", f"beads/{MINE}-1", f"beads/{MINE}-3", f"beads/{MINE}-1/dependencies", "work-graph",
             f"projects/{MINE}/beads/export", f"work-graph?project_id={THEIRS}", f"beads/{MINE}-1/history"],
)  # fmt: skip
async def test_no_answer_names_the_other_end(ann: AsyncClient, path: str) -> None:
    answer = await ann.get(f"/api/v1/{path}")
    assert answer.status_code == 200
    assert THEIRS not in houses.said(answer).replace(f"project_id={THEIRS}", "")


async def test_a_claim_is_refused_without_naming_what_is_in_the_way(ann: AsyncClient, db: Database) -> None:
    await houses.link(db, f"{MINE}-2", f"{THEIRS}-1")
    await ann.patch(f"/api/v1/beads/{MINE}-2", json={"status": "open"})
    refused = await ann.post(f"/api/v1/beads/{MINE}-2/claim", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "bead_blocked")
    assert refused.json()["error"] == f"{MINE}-2 is blocked because of work in another project."
    assert refused.json()["blocked_by"] == []


async def test_lists_sent_back_as_they_were_shown_cut_no_hidden_dependency(
    ann: AsyncClient, client: AsyncClient
) -> None:
    shown = (await ann.get(f"/api/v1/beads/{MINE}-1")).json()
    names = ("parent", "blocked_by", "related_to", "blocks", "children")
    sent = await ann.patch(f"/api/v1/beads/{MINE}-1", json={name: shown[name] for name in names} | {"title": "New"})
    assert sent.status_code == 200
    whole = (await client.get(f"/api/v1/beads/{MINE}-1")).json()
    assert (whole["parent"], whole["related_to"]) == (f"{THEIRS}-3", [f"{THEIRS}-2"])
    removed = await ann.delete(f"/api/v1/beads/{MINE}-1/dependencies/{THEIRS}-1")
    assert removed.status_code == 404
    assert removed.json()["error"] == f"{MINE}-1 does not depend on {THEIRS}-1."
    absent = await ann.delete(f"/api/v1/beads/{MINE}-1/dependencies/zqabsent-1")
    assert absent.json()["error"] == f"{MINE}-1 does not depend on zqabsent-1."


async def test_a_cycle_through_another_project_is_refused_without_its_names(db: Database, linked: None) -> None:
    await houses.link(db, f"{THEIRS}-4", f"{MINE}-4")
    await houses.link(db, f"{MINE}-3", f"{THEIRS}-4")
    with pytest.raises(Conflict, match=f"{MINE}-4 → {MINE}-3 → another project → {MINE}-4") as refused:
        async with db.write() as tx:
            await service.add_dependency(tx, f"{MINE}-4", f"{MINE}-3", actor=ANN)
    assert THEIRS not in f"{refused.value.message}{refused.value.extra}"


async def test_an_export_taken_in_again_keeps_what_was_left_out_of_it(db: Database, linked: None) -> None:
    async with db.write() as tx:
        text = await export_text(tx, MINE, actor=ANN)
        assert THEIRS not in text
        newer = text.replace('"updated_at":"20', '"updated_at":"30')
        assert (await import_text(tx, MINE, newer, actor=ANN)).updated == 4
        whole = await export_text(tx, MINE, actor=ADA)
    assert [f"{THEIRS}-{number}" in whole for number in (1, 2, 3)] == [True, True, True]


async def test_an_imported_dependency_on_a_hidden_bead_is_none(db: Database, linked: None) -> None:
    def lines(bead_id: str, target: str) -> str:
        return (
            f'{{"id":"{bead_id}","title":"x","status":"open","priority":2,"issue_type":"task",'
            f'"dependencies":[{{"issue_id":"{bead_id}","depends_on_id":"{target}","type":"blocks"}}]}}\n'
        )

    async with db.write() as tx:
        hidden = await import_text(tx, MINE, lines(f"{MINE}-8", f"{THEIRS}-1"), actor=ANN)
        absent = await import_text(tx, MINE, lines(f"{MINE}-9", "zqabsent-1"), actor=ANN)
        assert await service.explain(tx, f"{MINE}-8", ADA) == []
        assert THEIRS not in await export_text(tx, MINE, actor=ANN)
    assert hidden.notes == [note.replace("zqabsent", THEIRS).replace("-9", "-8") for note in absent.notes]
    with pytest.raises(Invalid, match="is a bead of another project already"):
        async with db.write() as tx:
            await import_text(tx, MINE, lines(f"{THEIRS}-1", "x-1"), actor=ANN)


async def test_events_name_only_beads_of_their_own_project(db: Database, linked: None) -> None:
    async with db.write() as tx:
        await service.add_dependency(tx, f"{MINE}-4", f"{THEIRS}-4", actor=ADA)
        await service.remove_dependency(tx, f"{MINE}-4", f"{THEIRS}-4", actor=ADA)
        wanted = service.draft(
            title="Both", project_id=MINE, blocked_by=[f"{THEIRS}-1", f"{MINE}-1"], parent=f"{THEIRS}-2"
        )
        made = await service.create(tx, wanted, actor=ADA)
        await service.update(tx, made.id, BeadChange(blocked_by=[f"{THEIRS}-3"], related_to=[f"{MINE}-2"]), actor=ADA)
    told = [data for type_, subject, data in await events(db) if subject and subject.startswith(MINE)]
    assert told
    assert THEIRS not in str(told)
    assert told[-1]["changes"] == {
        "blocked_by": {"from": [f"{MINE}-1"], "to": []}, "related_to": {"from": [], "to": [f"{MINE}-2"]},
    }  # fmt: skip


async def test_a_bead_that_moves_is_told_of_in_both_logs_and_in_neither_by_the_others_name(
    db: Database, linked: None
) -> None:
    async with db.write() as tx:
        await service.update(tx, f"{MINE}-4", BeadChange(project_id=THEIRS, title=f"Now of {THEIRS}"), actor=ADA)
    left, came = [data for type_, subject, data in await events(db, "bead.updated") if subject == f"{MINE}-4"]
    assert left == {
        "title": f"Paint {MINE}", "fields": ["project_id"], "changes": {"project_id": {"from": MINE}},
    }  # fmt: skip
    assert came["changes"]["project_id"] == {"to": THEIRS}


async def test_services_refuse_whoever_does_not_see_the_bead(db: Database, linked: None) -> None:
    async with db.write() as tx:
        for work in (
            service.get(tx, f"{THEIRS}-1", actor=ANN),
            service.update(tx, f"{THEIRS}-1", BeadChange(title="x"), actor=ANN),
            service.set_status(tx, f"{THEIRS}-1", "done", actor=ANN),
            service.redispatch(tx, f"{THEIRS}-1", reason="", actor=ANN),
            service.add_dependency(tx, f"{THEIRS}-1", f"{MINE}-1", actor=ANN),
        ):
            with pytest.raises(NotFound, match=f"There is no bead '{THEIRS}-1'"):
                await work
