"""A project's files over REST: listed, read and searched at a commit, and nothing else."""

import pytest
from httpx import AsyncClient

from tests.source.conftest import HERE, Kitchen
from tests.support import git_repository as repo

ESCAPES = [
    "..", "../..", "soups/../../etc", "/etc/passwd", "a\0b", "a\nb", ".git/config", "soups/.git", ".GIT/config",
    ".g\u200cit/config", "x" * 5_000, "a/" * 200 + "b", "y" * 300,
]  # fmt: skip
REFS = ["--upload-pack=x", "-x", "HEAD@{0}", "HEAD", "main..x", "main:README.md", "a b", "main^", "@", "x\ny", "*"]


async def test_the_tree_is_listed_level_by_level(kitchen: Kitchen) -> None:
    whole = (await kitchen.http.get(f"{HERE}/files/tree")).json()
    told = {one["path"]: (one["type"], one["depth"]) for one in whole}
    assert told["soups/cold/gazpacho.md"] == ("file", 3)
    assert told["soups"] == ("directory", 1)
    assert told["out"] == told["up"] == ("link", 1)
    assert told["Brühe für 2.md"] == ("file", 1)
    assert [one["path"] for one in whole] == sorted(told, key=lambda path: path.split("/"))
    top = await kitchen.http.get(f"{HERE}/files/tree", params={"max_depth": 1, "limit": 3})
    assert (len(top.json()), top.headers["X-Truncated"]) == (3, "true")
    below = (await kitchen.http.get(f"{HERE}/files/tree", params={"path": "soups", "max_depth": 1})).json()
    assert [(one["path"], one["depth"]) for one in below] == [("soups/cold", 1), ("soups/leek.md", 1)]
    assert (await kitchen.http.get(f"{HERE}/files/tree?path=README.md")).json()["code"] == "not_a_directory"


async def test_a_file_is_read_at_a_commit_once(kitchen: Kitchen) -> None:
    first = await kitchen.http.get(f"{HERE}/files/read", params={"path": "soups/leek.md"})
    assert (first.json()["content"], first.json()["size"]) == ("leek\npotato\nsalt\n", 17)
    tag = {"If-None-Match": first.headers["ETag"]}
    again = await kitchen.http.get(f"{HERE}/files/read", params={"path": "soups/leek.md"}, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    stew = {"path": "stew.md", "ref": "agent/kitchen-2/stew"}
    assert (await kitchen.http.get(f"{HERE}/files/read", params=stew)).json()["content"] == "beef\n"
    assert (await kitchen.http.get(f"{HERE}/files/read?path=stew.md")).json()["code"] == "path_not_found"
    short = {"path": "Brühe für 2.md", "ref": first.json()["commit"][:8]}
    assert (await kitchen.http.get(f"{HERE}/files/read", params=short)).json()["content"] == "Knochen\n"


async def test_what_is_no_text_or_too_large_is_said_so(kitchen: Kitchen) -> None:
    photo = (await kitchen.http.get(f"{HERE}/files/read?path=photo.png")).json()
    assert (photo["binary"], photo["content"], photo["size"]) == (True, None, 12)
    big = await kitchen.http.get(f"{HERE}/files/read?path=big.txt")
    assert (big.status_code, big.json()["code"]) == (413, "file_too_large")
    latin = (await kitchen.http.get(f"{HERE}/files/read?path=latin.txt")).json()
    assert latin["content"] == "cr\ufffdme\n"
    assert (await kitchen.http.get(f"{HERE}/files/read?path=soups")).json()["code"] == "is_a_directory"


async def test_links_are_shown_and_never_followed(kitchen: Kitchen) -> None:
    assert (await kitchen.http.get(f"{HERE}/files/read?path=out")).json()["content"] == "/etc/passwd"
    for path in ("out/x", "up/kitchen", "up/README.md"):
        assert (await kitchen.http.get(f"{HERE}/files/read", params={"path": path})).status_code == 404


@pytest.mark.parametrize("path", ESCAPES)
async def test_paths_that_lead_elsewhere_are_refused(kitchen: Kitchen, path: str) -> None:
    for asked in ("tree", "read", "search"):
        answer = await kitchen.http.get(f"{HERE}/files/{asked}", params={"path": path, "query": "salt"})
        assert answer.status_code in (400, 403, 404, 422), (asked, answer.text)
        assert "root:" not in answer.text


@pytest.mark.parametrize("ref", REFS)
async def test_names_that_are_no_names_are_refused(kitchen: Kitchen, ref: str) -> None:
    answers = [
        await kitchen.http.get(f"{HERE}/files/tree", params={"ref": ref}),
        await kitchen.http.get(f"{HERE}/commits", params={"ref": ref}),
    ]
    assert {answer.json()["code"] for answer in answers} == {"bad_ref"}


async def test_searching(kitchen: Kitchen) -> None:
    found = (await kitchen.http.get(f"{HERE}/files/search", params={"query": "salt"})).json()
    assert found == [
        {"path": "[odd]*.txt", "line": 1, "text": "salt"}, {"path": "soups/leek.md", "line": 3, "text": "salt"},
    ]  # fmt: skip
    only = {"query": "salt", "path": "[odd]*.txt"}
    assert len((await kitchen.http.get(f"{HERE}/files/search", params=only)).json()) == 1
    shouted: dict[str, str | int] = {"query": "SALT", "ignore_case": "true", "limit": 1}
    answer = await kitchen.http.get(f"{HERE}/files/search", params=shouted)
    assert (len(answer.json()), answer.headers["X-Truncated"]) == (1, "true")
    pattern = {"query": "^(leek|potato)$", "regex": "true"}
    assert [hit["line"] for hit in (await kitchen.http.get(f"{HERE}/files/search", params=pattern)).json()] == [1, 2]
    assert (await kitchen.http.get(f"{HERE}/files/search", params={"query": "nothing at all"})).json() == []
    wrong = await kitchen.http.get(f"{HERE}/files/search", params={"query": "(leek", "regex": "true"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_query")
    assert "Unmatched" in wrong.json()["error"]
    for query in ("", "a\nb", "-x" * 600, "--open-files-in-pager=x"):
        asked = await kitchen.http.get(f"{HERE}/files/search", params={"query": query})
        assert asked.status_code == (200 if query.startswith("--") else 400)


async def test_without_a_copy_the_way_to_one_is_told(client: AsyncClient) -> None:
    await client.post("/api/v1/projects", json={"id": "kitchen", "name": "x"})
    for path in ("files/tree", "commits", "branches"):
        answer = await client.get(f"{HERE}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_copy_yet")
        assert "git/sync" in answer.json()["error"]
    assert (await client.get("/api/v1/projects/git/status?project_id=kitchen")).json()["has_git"] is False
    assert (await client.post("/api/v1/projects/git/sync?project_id=kitchen")).status_code == 200
    assert (await client.get(f"{HERE}/files/tree")).json() == []
    [begin] = (await client.get(f"{HERE}/commits")).json()
    assert begin["subject"] == "Begin"
    assert (await client.get(f"{HERE}/commits/{begin['sha']}")).json()["diff"] == ""
    assert (await client.get(f"{HERE}/files/search?query=x")).json() == []


async def test_a_file_of_two_gigabytes_is_refused_by_its_size_alone(kitchen: Kitchen) -> None:
    """Its object need not be read: a sparse file of that size, told to git as it is."""
    with (kitchen.copy / "huge.bin").open("wb") as file:
        file.truncate(101 << 20)
    repo.git(kitchen.copy, "-c", "core.bigFileThreshold=1m", "-c", "core.compression=0", "add", "huge.bin")
    repo.git(kitchen.copy, "commit", "-q", "-m", "Huge")
    answer = await kitchen.http.get(f"{HERE}/files/read?path=huge.bin")
    assert (answer.status_code, answer.json()["size"]) == (413, 101 << 20)
