"""Personas over REST: made, changed, cloned, taken back; files stay the source, and nothing that was said is lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.personas import frontmatter, revisions
from loom_app.personas.service import SHIPPED
from tests.support.people import signed_in

BASE = "/api/v1/personas"
QA = f"{BASE}/default/qa-engineer"
TEXT = (
    "---\nname: baker\ndescription: Bakes. Use for bread.\nmetadata:\n  role: Baker\n  x-oven: hot\n---\n\nBake it.\n"
)


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def made(client: AsyncClient, name: str = "default/baker", text: str = TEXT) -> dict[str, Any]:
    answer = await client.post(BASE, json={"name": name, "text": text})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def history(client: AsyncClient, name: str = "default/baker") -> list[tuple[int, str, str]]:
    """(number, cause, author) of each revision, newest first."""
    listed = (await client.get(f"{BASE}/{name}/revisions")).json()
    return [(row["number"], row["cause"], row["author"]) for row in listed]


async def test_made_from_a_text_or_from_fields_and_written_as_a_file(client: AsyncClient, own_personas: Path) -> None:
    shown = await made(client)
    assert (shown["name"], shown["revision"], shown["problem"]) == ("default/baker", 1, "")
    assert (own_personas / "default" / "baker" / "SKILL.md").read_text() == TEXT
    fields = {
        "name": "night/watch", "description": "Looks: out\nfor 'fire'.", "instructions": "# Watch\n\n---\nLook.",
        "metadata": {"role": "Watch", "version": 2}, "specialties": ["fire", "water"], "autonomy_level": "full",
    }  # fmt: skip
    answer = await client.post(BASE, json=fields)
    assert answer.status_code == 201, answer.text
    one = (await client.get(f"{BASE}/night/watch")).json()
    assert (one["description"], one["instructions"]) == ("Looks: out\nfor 'fire'.", "# Watch\n\n---\nLook.")
    assert (one["specialties"], one["autonomy_level"], one["metadata"]["version"]) == (["fire", "water"], "full", "2")
    names = [persona["name"] for persona in (await client.get(BASE)).json()]
    assert {"default/baker", "night/watch", "default/ceo"} <= set(names)
    assert sorted(path.name for path in own_personas.rglob("*") if path.is_file()) == ["SKILL.md", "SKILL.md"]


@pytest.mark.parametrize(
    ("body", "expected", "says"),
    [
        ({"name": "../../etc/x", "text": TEXT}, (400, "persona_name"), "not the name"),
        ({"name": "a/b/c", "text": TEXT}, (400, "persona_name"), "not the name"),
        ({"name": "Baker", "text": TEXT}, (400, "persona_name"), "not the name"),
        ({"name": "x" * 65, "text": TEXT}, (400, "persona_name"), "not the name"),
        ({"name": "default/revisions", "text": TEXT}, (400, "persona_name"), "choose another"),
        ({"name": "default/ceo", "text": TEXT.replace("baker", "ceo")}, (409, "persona_exists"), "already"),
        ({"name": "cook", "text": TEXT}, (400, "persona_malformed"), "name is 'baker' but the folder is 'cook'"),
        ({"name": "baker", "text": "Bake."}, (400, "persona_malformed"), "must begin with a line '---'"),
        ({"name": "baker", "text": "---\nname: baker\n"}, (400, "persona_malformed"), "not closed"),
        ({"name": "baker", "text": "---\nname: [\n---\nx"}, (400, "persona_malformed"), "not valid YAML"),
        ({"name": "baker", "text": TEXT + "é" * 40_000}, (413, "persona_too_large"), "65,536"),
        ({"name": "baker", "text": "x" * 70_000}, (422, "invalid_request"), "65536"),
        ({"name": "baker", "text": TEXT, "description": "too"}, (422, "invalid_request"), "send text alone"),
        ({"name": "baker", "description": "Bakes."}, (400, "persona_malformed"), "no instructions"),
        ({"name": "baker", "text": "a\x00b"}, (422, "invalid_request"), "NUL"),
    ],
)
async def test_what_is_no_persona_is_refused_and_nothing_is_written(
    client: AsyncClient, own_personas: Path, body: dict[str, Any], expected: tuple[int, str], says: str
) -> None:
    answer = await client.post(BASE, json=body)
    assert refusal(answer) == expected
    assert says in answer.text
    assert not own_personas.exists()


async def test_a_change_keeps_what_it_does_not_name(client: AsyncClient, own_personas: Path) -> None:
    await made(client)
    shown = (await client.get(f"{BASE}/baker")).json()
    answer = await client.put(f"{BASE}/baker", json={**shown, "instructions": "Bake it slowly.", "note": "It burnt."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["revision"] == 2
    text = (own_personas / "default" / "baker" / "SKILL.md").read_text()
    assert "x-oven: hot" in text
    assert text.endswith("\n\nBake it slowly.\n")
    assert (await client.put(f"{BASE}/baker", json={"autonomy_level": "semi"})).json()["autonomy_level"] == "semi"
    same = await client.put(f"{BASE}/baker", json={"autonomy_level": "semi"})
    assert (same.json()["revision"], len(await history(client))) == (3, 3)
    second = (await client.get(f"{BASE}/baker/revisions/2")).json()
    assert (second["author"], second["note"], second["against"]) == ("admin", "It burnt.", 1)
    assert "-Bake it.\n+Bake it slowly." in second["diff"]
    assert (second["added"], second["removed"]) == (1, 1)
    events = (await client.get("/api/v1/events", params={"type": "persona.updated"})).json()["events"]
    assert [event["data"]["revision"] for event in events] == [3, 2]


async def test_a_changed_line_is_one_line_in_the_file(client: AsyncClient) -> None:
    await client.put(QA, json={"description": "Tests."})
    assert (await client.get(f"{QA}/revisions/2")).json()["removed"] <= 2  # the line, and quotes around the version


async def test_shipped_ones_are_changed_in_the_own_folder(client: AsyncClient, own_personas: Path) -> None:
    before = (SHIPPED / "default" / "qa-engineer" / "SKILL.md").read_text()
    assert (await client.put(QA, json={"description": "Tests."})).status_code == 200
    assert (SHIPPED / "default" / "qa-engineer" / "SKILL.md").read_text() == before
    assert (own_personas / "default" / "qa-engineer" / "SKILL.md").is_file()
    assert await history(client, "default/qa-engineer") == [(2, "edited", "admin"), (1, "found", "Loom")]
    assert len([one for one in (await client.get(BASE)).json() if one["name"] == "default/qa-engineer"]) == 1


async def test_who_was_quicker_is_told_and_nothing_is_lost(client: AsyncClient, own_personas: Path) -> None:
    await made(client)
    first = await client.put(f"{BASE}/baker", json={"instructions": "One.", "base_revision": 1})
    late = await client.put(f"{BASE}/baker", json={"instructions": "Two.", "base_revision": 1})
    assert (first.status_code, refusal(late)) == (200, (409, "persona_changed"))
    assert (late.json()["revision"], late.json()["by"]) == (2, "admin")
    assert (await client.put(f"{BASE}/baker", json={"instructions": "Two.", "base_revision": 2})).status_code == 200
    path = own_personas / "default" / "baker" / "SKILL.md"
    path.write_text(path.read_text().replace("Two.", "From the disk."))
    late = await client.put(f"{BASE}/baker", json={"instructions": "Three.", "base_revision": 3})
    assert (refusal(late), late.json()["cause"]) == ((409, "persona_changed"), "changed_on_disk")
    assert "From the disk." in path.read_text()
    assert [cause for _, cause, _ in await history(client)] == ["changed_on_disk", "edited", "edited", "created"]


async def test_of_many_edits_at_once_each_is_a_revision_or_told(client: AsyncClient) -> None:
    await made(client)
    answers = await asyncio.gather(
        *(client.put(f"{BASE}/baker", json={"instructions": f"Way {n}.", "base_revision": 1}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    free = await asyncio.gather(
        *(client.put(f"{BASE}/baker", json={"instructions": f"Way {n}."}) for n in range(20, 25))
    )
    assert {answer.status_code for answer in free} == {200}
    assert [number for number, _, _ in await history(client)] == [7, 6, 5, 4, 3, 2, 1]


async def test_a_change_on_disk_is_seen_at_once_and_kept(client: AsyncClient, own_personas: Path) -> None:
    await made(client)
    path = own_personas / "default" / "baker" / "SKILL.md"
    path.write_text(TEXT.replace("Bake it.", "Bake it well."))
    assert (await client.get(f"{BASE}/baker")).json()["instructions"] == "Bake it well."
    assert await history(client) == [(2, "changed_on_disk", "Loom"), (1, "created", "admin")]
    new = own_personas / "default" / "miller" / "SKILL.md"
    new.parent.mkdir()
    new.write_text(TEXT.replace("baker", "miller"))
    assert "default/miller" in [one["name"] for one in (await client.get(BASE)).json()]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Bake it.", "must begin with a line"),
        (b"---\nname: baker\n", "not closed"),
        (b"---\nname: baker\ndescription: d\n---\n", "no instructions"),
        (b"---\nname: cook\ndescription: d\n---\nx", "make them equal"),
        (b"---\nname: baker\nname: baker\ndescription: d\n---\nx", "twice"),
        (b"---\nname: baker\ndescription: &a d\nlicense: *a\n---\nx", "aliases"),
        (b"---\n- name\n---\nx", "keys with values"),
        (b"---\nname: baker\ndescription: d\nmetadata: {autonomy_level: total}\n---\nx", "one of full"),
        (b"---\nname: baker\ndescription: \xff\n---\nx", "not UTF-8"),
        (b"---\nname: baker\ndescription: d\n---\na\x00b", "NUL"),
        (b"---\nname: baker\ndescription: d\n---\n" + b"x" * 70_000, "Shorten it"),
        (b"", "must begin"),
    ],
)
async def test_a_broken_file_says_why_while_the_rest_works_on(
    client: AsyncClient, own_personas: Path, db: Database, content: bytes, says: str
) -> None:
    await made(client)
    (own_personas / "default" / "baker" / "SKILL.md").write_bytes(content)
    listed = {one["name"]: one for one in (await client.get(BASE)).json()}
    assert says in listed["default/baker"]["problem"]
    assert not any(one["problem"] for name, one in listed.items() if name != "default/baker")
    assert refusal(await client.get(f"{BASE}/baker"))[1] in ("persona_malformed", "persona_too_large")
    file = (await client.get(f"{BASE}/baker/file")).json()
    assert says in file["problem"]
    async with db.write() as tx:
        assert (await revisions.in_use(tx, "baker"))[0].instructions == "Bake it."
    mended = await client.put(f"{BASE}/baker", json={"text": TEXT, "base_revision": file["revision"]})
    assert (mended.status_code, mended.json()["revision"]) == (200, 3)


async def test_taken_back_also_when_the_file_is_gone(client: AsyncClient, own_personas: Path, db: Database) -> None:
    await made(client)
    await client.put(f"{BASE}/baker", json={"instructions": "Burn it."})
    answer = await client.post(f"{BASE}/baker/revisions/1/restore", json={"base_revision": 2, "note": "No."})
    assert (answer.status_code, answer.json()["instructions"], answer.json()["revision"]) == (200, "Bake it.", 3)
    (own_personas / "default" / "baker" / "SKILL.md").unlink()
    assert refusal(await client.get(f"{BASE}/baker")) == (404, "persona_not_found")
    async with db.write() as tx:
        persona, number = await revisions.in_use(tx, "default/baker")
    assert (persona.instructions, number) == ("Bake it.", 3)
    again = await client.post(f"{BASE}/baker/revisions/2/restore", json={})
    assert (again.status_code, again.json()["instructions"]) == (200, "Burn it.")
    assert refusal(await client.post(f"{BASE}/baker/revisions/9/restore", json={})) == (404, "revision_not_found")
    assert refusal(await client.get(f"{BASE}/nobody/revisions")) == (404, "persona_not_found")


async def test_a_clone_says_the_same_under_its_own_name(client: AsyncClient) -> None:
    answer = await client.post(f"{QA}/clone", json={"new_name": "mine/tester"})
    assert answer.status_code == 201
    source = (await client.get(QA)).json()
    kept = ("instructions", "description", "metadata", "specialties", "license")
    assert {key: answer.json()[key] for key in kept} == {key: source[key] for key in kept}
    assert (await client.get(f"{BASE}/mine/tester/revisions")).json()[0]["source"] == "default/qa-engineer"
    assert refusal(await client.post(f"{QA}/clone", json={"new_name": "mine/tester"})) == (409, "persona_exists")
    assert refusal(await client.post(f"{QA}/clone", json={"new_name": "mine/.."})) == (400, "persona_name")


async def test_others_change_what_they_made_alone(app: FastAPI, client: AsyncClient) -> None:
    async with signed_in(app, "user") as http:
        assert (await http.get(f"{QA}/file")).json()["may_change"] is False
        assert refusal(await http.put(QA, json={"description": "Mine."})) == (403, "persona_of_others")
        await made(http)
        assert (await http.get(f"{BASE}/baker/file")).json()["may_change"] is True
        assert (await http.put(f"{BASE}/baker", json={"description": "Mine."})).status_code == 200
    async with signed_in(app, "viewer") as http:
        assert refusal(await http.post(BASE, json={"name": "x", "text": TEXT})) == (403, "permission_missing")
    assert (await client.put(f"{BASE}/baker", json={"description": "Ours."})).status_code == 200


async def test_a_folder_that_cannot_be_written_is_said(client: AsyncClient, own_personas: Path) -> None:
    own_personas.write_text("a file stands here")
    answer = await client.post(BASE, json={"name": "baker", "text": TEXT})
    assert refusal(answer) == (503, "personas_not_writable")
    own_personas.unlink()
    assert (await client.post(BASE, json={"name": "baker", "text": TEXT})).status_code == 201


async def test_a_link_out_of_the_folder_is_not_written_through(
    client: AsyncClient, own_personas: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (own_personas / "default").mkdir(parents=True)
    (own_personas / "default" / "baker").symlink_to(outside)
    assert refusal(await client.post(BASE, json={"name": "baker", "text": TEXT})) == (400, "persona_outside")
    assert list(outside.iterdir()) == []


async def test_a_preview_says_what_is_wrong_and_keeps_nothing(client: AsyncClient, own_personas: Path) -> None:
    good = (await client.post(f"{BASE}/preview", json={"name": "baker", "text": TEXT})).json()
    assert (good["problem"], good["persona"]["instructions"]) == ("", "Bake it.")
    bad = (await client.post(f"{BASE}/preview", json={"name": "cook", "text": TEXT})).json()
    assert "make them equal" in bad["problem"]
    assert not own_personas.exists()


def test_what_is_joined_is_split_again() -> None:
    head = {"name": "baker", "description": "yes: no # 1.0 'x'", "metadata": {"role": "ø", "specialties": ["a: b"]}}
    assert frontmatter.split(frontmatter.joined(head, "---\n\nx"), "f") == (head, "---\n\nx")
    with pytest.raises(Invalid):
        frontmatter.split(frontmatter.joined(head, "x").replace("---", "--"), "f")
