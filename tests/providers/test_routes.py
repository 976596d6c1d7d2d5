"""Providers over REST."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.support import people
from tests.support.provider_process import ProviderProcess

URL = "/api/v1/providers"


def draft(process: ProviderProcess, **fields: Any) -> dict[str, Any]:
    return {"id": "hub", "name": "Hub", "endpoint": process.root, "model": "test-model", **fields}


async def test_registering_checks_at_once_and_hides_the_key(
    client: AsyncClient, provider_process: ProviderProcess
) -> None:
    provider_process.config(api_key="secret-key")
    answer = await client.post(URL, json=draft(provider_process, type="vllm", api_key="secret-key"))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["id"], body["status"], body["type"], body["requires_key"]) == ("hub", "active", "vllm", True)
    assert body["endpoint"] == provider_process.url
    assert body["context_window"] == 8192
    assert body["cost_per_mtoken"] is None
    assert set(body["prices"].values()) == {None}
    for shown in (answer, await client.get(URL), await client.get(f"{URL}/hub")):
        assert "secret-key" not in shown.text
        assert "api_key" not in shown.text


async def test_a_provider_that_does_not_answer_is_registered_as_error(
    client: AsyncClient, provider_process: ProviderProcess
) -> None:
    provider_process.stop()
    answer = await client.post(URL, json=draft(provider_process))
    assert answer.status_code == 201
    assert answer.json()["status"] == "error"
    assert "cannot be reached" in answer.json()["last_heartbeat_error"]
    provider_process.start()
    checked = await client.post(f"{URL}/hub/check")
    assert (checked.status_code, checked.json()["status"]) == (200, "healthy")


async def test_the_list_is_a_bare_paged_array(client: AsyncClient, provider_process: ProviderProcess) -> None:
    assert (await client.get(URL)).json() == []
    for name in ("a", "b", "c"):
        await client.post(URL, json=draft(provider_process, id=name))
    answer = await client.get(URL, params={"limit": 2})
    assert [row["id"] for row in answer.json()] == ["a", "b"]
    assert answer.headers["X-Total-Count"] == "3"
    assert 'rel="next"' in answer.headers["Link"]
    assert answer.json()[0] == (await client.get(f"{URL}/a")).json()


async def test_putting_back_what_was_shown_changes_nothing(
    client: AsyncClient, provider_process: ProviderProcess
) -> None:
    provider_process.config(api_key="secret-key")
    shown = (await client.post(URL, json=draft(provider_process, api_key="secret-key"))).json()
    back = await client.put(f"{URL}/hub", json=shown)
    assert back.status_code == 200, back.text
    assert back.json() == shown


async def test_a_changed_model_keeps_the_key_and_is_checked(
    client: AsyncClient, provider_process: ProviderProcess
) -> None:
    provider_process.config(api_key="secret-key")
    await client.post(URL, json=draft(provider_process, api_key="secret-key"))
    changed = (await client.put(f"{URL}/hub", json={"model": "other", "prices": {"input": 1, "output": 2}})).json()
    assert (changed["status"], changed["model"], changed["prices"]["output"]) == ("active", "other", 2)
    assert provider_process.log()[-1]["model"] == "other"


async def test_models_are_listed_live(client: AsyncClient, provider_process: ProviderProcess) -> None:
    await client.post(URL, json=draft(provider_process))
    answer = await client.get(f"{URL}/hub/models")
    assert answer.json() == {"models": [{"id": "test-model", "name": "test-model", "context_length": 8192}]}
    provider_process.stop()
    gone = await client.get(f"{URL}/hub/models")
    assert (gone.status_code, gone.json()["code"]) == (502, "provider_unreachable")


async def test_what_a_status_rests_on(client: AsyncClient, provider_process: ProviderProcess) -> None:
    provider_process.config(known_models=["vendor/other"])
    shown = (await client.post(URL, json=draft(provider_process, max_calls=3))).json()
    assert (shown["substituted"], shown["model"], shown["selected_model"]) == (True, "test-model", "vendor/other")
    assert (shown["max_calls"], shown["selection_reason"]) == (3, "A person chose it.")
    seen = (await client.get(f"{URL}/hub/health")).json()
    assert (seen["status"], seen["calls"], seen["success_rate"], seen["in_flight"]) == ("active", 1, 1.0, 0)
    assert seen["latency_p50_ms"] == seen["latency_p95_ms"] >= 0
    assert seen["last_failure"] is None
    provider_process.script({"when": "the word ok", "status": 401, "body": "invalid api key"})
    refused = (await client.post(f"{URL}/hub/check")).json()
    assert (refused["status"], refused["doubt"]) == ("error", "auth")
    failed = (await client.get(f"{URL}/hub/health")).json()["last_failure"]
    assert (failed["kind"], "refuses the API key" in failed["message"]) == ("auth", True)
    unlimited = (await client.put(f"{URL}/hub", json={"max_calls": None})).json()
    assert unlimited["max_calls"] is None
    assert (await client.put(f"{URL}/hub", json={"max_calls": 0})).status_code == 422


async def test_the_catalog_says_which_model_is_best_and_why_and_people_may_choose_another(
    client: AsyncClient, provider_process: ProviderProcess
) -> None:
    names = ("text-embedding-3-large", "qwen2.5:3b-instruct", "qwen2.5-coder:32b", "gpt-4o")
    provider_process.config(models=[{"id": name} for name in names])
    shown = (await client.post(URL, json=draft(provider_process, model=""))).json()
    assert shown["model"] == "qwen2.5-coder:32b"
    found = (await client.get(f"{URL}/hub/catalog")).json()
    assert (found["best"], found["requested"], found["chosen_by_person"]) == (
        "qwen2.5-coder:32b",
        shown["model"],
        False,
    )
    assert found["why"] == found["requested_because"]
    first = found["models"][0]
    assert (first["total_params_b"], first["coder"], first["requested"]) == (32.0, True, True)
    assert first["score"] == pytest.approx(sum(part["points"] for part in first["parts"]), abs=0.1)
    assert [model["eligible"] for model in found["models"]] == [True, True, True, False]
    simple = (await client.get(f"{URL}/hub/catalog", params={"role": "housekeeping-bot"})).json()
    assert (simple["complexity"], simple["best"]) == ("simple", "qwen2.5:3b-instruct")
    assert {row["role"]: row["model"] for row in found["roles"]}["housekeeping-bot"] == "qwen2.5:3b-instruct"
    chosen = (await client.put(f"{URL}/hub", json={"model": "gpt-4o"})).json()
    assert (chosen["model"], chosen["selection_reason"]) == ("gpt-4o", "A person chose it.")
    back = (await client.put(f"{URL}/hub", json={"model": ""})).json()
    assert (back["model"], back["configured_model"]) == ("qwen2.5-coder:32b", "")
    assert (await client.get(f"{URL}/hub/catalog", params={"complexity": "hard"})).status_code == 422
    known = (await client.get("/api/v1/models/recommended")).json()
    assert {"name", "rank", "min_vram_gb", "suggested_gpu_class", "parts"} <= known["models"][0].keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/hub/negotiate"), ("POST", "/../routing/select"), ("GET", "/../routing/policies")],
)
async def test_what_was_given_up_is_not_there(
    client: AsyncClient, provider_process: ProviderProcess, method: str, path: str
) -> None:
    await client.post(URL, json=draft(provider_process))
    assert (await client.request(method, URL + path)).status_code == 404


async def test_deleting(client: AsyncClient, provider_process: ProviderProcess) -> None:
    await client.post(URL, json=draft(provider_process))
    assert (await client.delete(f"{URL}/hub")).status_code == 204
    for method, path in (
        ("GET", "hub"),
        ("PUT", "hub"),
        ("DELETE", "hub"),
        ("GET", "hub/models"),
        ("POST", "hub/check"),
    ):
        answer = await client.request(method, f"{URL}/{path}", json={} if method == "PUT" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "provider_not_found")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "endpoint"),
        ({"endpoint": None}, 422, "endpoint"),
        ({"endpoint": 5}, 422, "endpoint"),
        ({"endpoint": "localhost:8090"}, 400, "http://"),
        ({"endpoint": "http://169.254.169.254/"}, 400, "metadata"),
        ({"endpoint": "http://u:hunter2@host/"}, 400, "api_key"),
        ({"endpoint": "http://h", "id": "a b"}, 422, "id"),
        ({"endpoint": "http://h", "id": "../x"}, 422, "id"),
        ({"endpoint": "http://h", "type": "ollama"}, 422, "type local"),
        ({"endpoint": "http://h", "type": "nonsense"}, 422, "vllm"),
        ({"endpoint": "http://h", "modle": "x"}, 422, "modle"),
        ({"endpoint": "http://h", "name": ""}, 422, "name"),
        ({"endpoint": "http://h", "name": "a\x00b"}, 422, "name"),
        ({"endpoint": "http://h", "api_key": "two\nlines hunter2"}, 422, "api_key"),
        ({"endpoint": "http://h", "prices": {"input": -1}}, 422, "prices"),
        ({"endpoint": "http://h", "prices": {"inptu": 1}}, 422, "inptu"),
        ({"endpoint": "http://h", "cost_per_mtoken": 1e300}, 422, "cost_per_mtoken"),
        ({"endpoint": "http://h", "context_window": 0}, 422, "context_window"),
        ({"endpoint": "http://h", "tags": "x"}, 422, "tags"),
        ([], 422, "body"),
    ],
)
async def test_bad_input_is_named_and_stored_nowhere(client: AsyncClient, body: Any, status: int, says: str) -> None:
    answer = await client.post(URL, json=body)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["error"]
    assert "hunter2" not in answer.text
    assert (await client.get(URL)).json() == []


async def test_what_each_role_may(app: FastAPI, client: AsyncClient, provider_process: ProviderProcess) -> None:
    await client.post(URL, json=draft(provider_process))
    async with people.signed_in(app, "viewer") as viewer, people.signed_in(app, "user") as user:
        assert [row["id"] for row in (await viewer.get(URL)).json()] == ["hub"]
        for who, method, path, status in (
            (viewer, "POST", "", 403),
            (viewer, "PUT", "/hub", 403),
            (viewer, "POST", "/hub/check", 403),
            (viewer, "DELETE", "/hub", 403),
            (user, "DELETE", "/hub", 403),
            (user, "PUT", "/hub", 200),
            (user, "POST", "/hub/check", 200),
        ):
            body = {"name": "Renamed"} if method == "PUT" else draft(provider_process) if method == "POST" else None
            assert (await who.request(method, URL + path, json=body)).status_code == status
        private = await user.post(URL, json=draft(provider_process, id="mine"))
        assert (private.status_code, private.json()["code"]) == (403, "private_endpoint")


async def test_nobody_reads_or_writes_without_signing_in(anonymous: AsyncClient) -> None:
    for method, path in (
        ("GET", ""),
        ("POST", ""),
        ("GET", "/x"),
        ("PUT", "/x"),
        ("DELETE", "/x"),
        ("GET", "/x/models"),
    ):
        assert (
            await anonymous.request(method, URL + path, json={} if method in ("POST", "PUT") else None)
        ).status_code == 401
