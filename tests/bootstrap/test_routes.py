"""Asking for a bootstrap: what is taken, what is refused and why, what nobody else learns of it."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from tests.support import people

PATH = "/api/v1/projects/bootstrap?wait=0"
PRD = "# Potluck\n\n- Guests sign up\n"


async def begin(client: AsyncClient, status: int = 201, key: str = "", **fields: Any) -> dict[str, Any]:
    """What the request for a bootstrap is answered."""
    wanted = {"name": "Potluck", "prd_text": PRD, **fields}
    headers = {"Idempotency-Key": key} if key else {}
    return answered(await client.post(PATH, json=wanted, headers=headers), status)


def answered(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_the_answer_names_the_project_its_key_and_how_far_it_is(client: AsyncClient) -> None:
    answer = await client.post(PATH, json={"name": "Potluck", "github_url": "git@github.com:a/b.git", "prd_text": PRD})
    begun = answered(answer, 201)
    assert set(begun) == {
        "project_id", "status", "initial_bead_id", "public_key", "git_setup_instructions", "error",
    }  # fmt: skip
    assert (begun["project_id"], begun["status"], begun["error"]) == ("potluck", "running", "")
    assert begun["public_key"].startswith("ssh-ed25519 ")
    assert "Allow write access" in begun["git_setup_instructions"]
    assert answer.headers["Location"] == "/api/v1/projects/potluck/bootstrap"
    whole = answered(await client.get(answer.headers["Location"]), 200)
    assert [step["step"] for step in whole["steps"]] == [
        "key", "repository", "structure", "beads", "commit", "plan", "team",
    ]  # fmt: skip
    assert {step["status"] for step in whole["steps"]} == {"pending"}
    assert [one["site"] for one in whole["instructions"]] == ["GitHub"]
    assert "PRIVATE" not in str(whole)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"prd_text": ""}, 400, "prd_missing"),
        ({"prd_text": " \n\t\x07\r\n"}, 400, "prd_missing"),
        ({"prd_text": "a", "prd_file": "b"}, 400, "prd_twice"),
        ({"prd_text": "x" * 2_000_000}, 413, "prd_too_large"),
        ({"prd_text": "ä" * 500_001}, 413, "prd_too_large"),
        ({"prd_text": "x" * 5_000_000}, 413, "body_too_large"),
        ({"prd_text": 7}, 422, "invalid_request"),
        ({"name": "  "}, 422, "invalid_request"),
        ({"name": "a\nb"}, 422, "invalid_request"),
        ({"branch": "../main"}, 400, "bad_branch"),
        ({"branch": "--upload-pack=x"}, 400, "bad_branch"),
        ({"github_url": "--upload-pack=x"}, 400, "bad_git_repo"),
        ({"github_url": "ext::sh -c id"}, 400, "bad_git_repo"),
        ({"github_url": "https://token@github.com/a/b"}, 400, "password_in_git_repo"),
        ({"colour": "red"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_begun_is_refused_and_leaves_nothing(
    client: AsyncClient, fields: dict[str, Any], status: int, code: str
) -> None:
    refused = await begin(client, status, **fields)
    assert refused["code"] == code
    assert len(refused["detail"]) > 20
    assert "git_repo" not in refused["detail"]
    assert (await client.get("/api/v1/projects")).json() == []


async def test_a_nul_is_refused_before_it_comes_to_a_file(client: AsyncClient) -> None:
    raw = b'{"name": "Potluck", "prd_text": "a\\u0000b"}'
    answer = await client.post(PATH, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert "NUL" in answer.text


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
async def test_what_is_no_object_is_refused(client: AsyncClient, sent: bytes) -> None:
    answer = await client.post(PATH, content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text


async def test_a_file_is_taken_as_a_form(client: AsyncClient) -> None:
    form = {"name": "Potluck", "branch": "main"}
    file = {"prd_file": ("brief.md", "\ufeff# Brühe\r\n\r\n- Salz\r\n".encode(), "text/markdown")}
    assert answered(await client.post(PATH, data=form, files=file), 201)["project_id"] == "potluck"


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("brief.pdf", b"%PDF-1.7", 415, "prd_format"),
        ("brief.docx", b"PK", 415, "prd_format"),
        ("brief.md", b"\xff\xfe#\x00", 400, "prd_not_text"),
        ("brief.md", b"x" * 1_000_001, 413, "prd_too_large"),
        ("brief.md", b"", 400, "prd_missing"),
    ],
)
async def test_a_file_that_is_no_text_is_refused(
    client: AsyncClient, name: str, data: bytes, status: int, code: str
) -> None:
    answer = await client.post(PATH, data={"name": "Potluck"}, files={"prd_file": (name, data)})
    assert answered(answer, status)["code"] == code


async def test_a_form_that_says_something_twice_is_refused(client: AsyncClient) -> None:
    files = [("name", (None, "a")), ("name", (None, "b")), ("prd_text", (None, PRD))]
    assert answered(await client.post(PATH, files=files), 400)["code"] == "duplicate_name"
    answer = await client.post(PATH, content=b"x", headers={"Content-Type": "text/plain"})
    assert answered(answer, 415)["code"] == "bad_content_type"


async def test_the_same_key_begins_once(client: AsyncClient) -> None:
    first = await begin(client, key="k1")
    assert await begin(client, key="k1") == first
    assert (await begin(client, 409, key="k1", prd_text="# Other"))["code"] == "idempotency_key_reused"
    assert len((await client.get("/api/v1/projects")).json()) == 1


@pytest.mark.parametrize(
    ("again", "code"),
    [
        ({"name": " potluck "}, "name_taken"),
        ({"name": "Other", "github_url": "https://github.com/Cook/Potluck"}, "repository_taken"),
        ({"name": "Other", "github_url": "ssh://git@github.com:22/cook/potluck.git"}, "repository_taken"),
    ],
)
async def test_a_second_one_of_the_same_name_or_repository_is_led_to_the_first(
    client: AsyncClient, again: dict[str, Any], code: str
) -> None:
    await begin(client, github_url="git@github.com:cook/potluck.git")
    refused = await begin(client, 409, **again)
    assert (refused["code"], refused["project_id"]) == (code, "potluck")


async def test_of_two_at_once_one_begins(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(PATH, json={"name": "Potluck", "prd_text": PRD}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_two_with_one_key_at_once_are_answered_alike(client: AsyncClient) -> None:
    sent = [
        client.post(PATH, json={"name": "Potluck", "prd_text": PRD}, headers={"Idempotency-Key": "k"}) for _ in range(3)
    ]
    answers = [answered(answer, 201) for answer in await asyncio.gather(*sent)]
    assert answers == answers[:1] * 3


async def test_nobody_learns_of_projects_they_do_not_see(app: FastAPI, client: AsyncClient) -> None:
    await begin(client, github_url="git@github.com:cook/potluck.git", key="k")
    async with people.signed_in(app, "user") as stranger:
        for method, path in (("GET", ""), ("POST", "/retry"), ("POST", "/cancel")):
            seen = await stranger.request(method, f"/api/v1/projects/potluck/bootstrap{path}")
            gone = await stranger.request(method, f"/api/v1/projects/nothing/bootstrap{path}")
            assert (seen.status_code, gone.status_code) == (404, 404)
        own = await begin(stranger, github_url="git@github.com:cook/potluck.git", key="k")
        assert own["project_id"] != "potluck"
        assert answered(await stranger.get(f"/api/v1/projects/{own['project_id']}/bootstrap"), 200)
    async with people.signed_in(app, "viewer") as viewer:
        await begin(viewer, 403)


async def test_a_project_that_was_made_otherwise_has_none(client: AsyncClient) -> None:
    await client.post("/api/v1/projects", json={"id": "plain", "name": "Plain"})
    answer = await client.get("/api/v1/projects/plain/bootstrap")
    assert answered(answer, 404)["code"] == "bootstrap_not_found"


async def test_it_is_called_off_and_taken_up_again_and_goes_with_its_project(client: AsyncClient) -> None:
    begun = await begin(client)
    at = f"/api/v1/projects/{begun['project_id']}/bootstrap"
    assert answered(await client.post(f"{at}/retry"), 200)["attempt"] == 1
    for _ in range(2):
        assert answered(await client.post(f"{at}/cancel"), 200)["status"] == "cancelled"
    again = answered(await client.post(f"{at}/retry"), 200)
    assert (again["status"], again["attempt"]) == ("running", 2)
    assert (await client.delete(f"/api/v1/projects/{begun['project_id']}")).status_code == 204
    assert (await client.get(at)).status_code == 404
    assert (await begin(client))["project_id"] == begun["project_id"]
