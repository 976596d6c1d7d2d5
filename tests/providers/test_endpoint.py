"""Addresses: how they are stored, and which are refused."""

import pytest

from loom_app.kernel.errors import Invalid
from loom_app.providers.chat import ChatRequest
from loom_app.providers.client import ProviderClient
from loom_app.providers.endpoint import is_private_literal, normalise, origin_of
from loom_app.providers.errors import ProviderError
from tests.support.provider_process import ProviderProcess


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/v1"),
        ("http://127.0.0.1:8090/", "http://127.0.0.1:8090/v1"),
        ("http://127.0.0.1:8090/v1", "http://127.0.0.1:8090/v1"),
        ("http://127.0.0.1:8090/v1/", "http://127.0.0.1:8090/v1"),
        ("  HTTPS://API.Example.COM/v1//  ", "https://api.example.com/v1"),
        ("https://host/v1/chat/completions", "https://host/v1"),
        ("https://host/v1/models", "https://host/v1"),
        ("https://openrouter.ai/api", "https://openrouter.ai/api/v1"),
        ("https://host/v1beta/openai", "https://host/v1beta/openai"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
        ("http://tokenhub:8090", "http://tokenhub:8090/v1"),
    ],
)
def test_one_form_for_every_spelling(given: str, stored: str) -> None:
    assert normalise(given) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost:8090",
        "ftp://host/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///v1",
        "http://user:pass@host/v1",
        "http://user@host/v1",
        "http://@host/v1",
        "http://host:99999/v1",
        "http://host:0/v1",
        "http://host:abc/v1",
        "http://host/v1?key=1",
        "http://host/v1#x",
        "http://ho st/v1",
        "http://host\\@evil/v1",
        "http://host/\r\nX: y",
        "http://[::1/v1",
        "http://" + "a" * 3000,
        "http://169.254.169.254/latest",
        "http://169.254.169.254./",
        "http://2852039166/",
        "http://0xA9FEA9FE/",
        "http://0251.0376.0251.0376/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://100.100.100.200/",
        "http://0.0.0.0:8080/",
        "http://[::]/",
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
        "http://metadata/",
        "http://224.0.0.1/",
    ],
)
def test_bad_addresses_are_refused_with_a_reason(given: str) -> None:
    with pytest.raises(Invalid, match=r"^endpoint: .*Give one such as http") as caught:
        normalise(given)
    assert caught.value.code == "bad_endpoint"
    assert "pass@" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.1:1/v1", True),
        ("http://box.local/v1", True),
        ("https://api.openai.com/v1", False),
    ],
)
def test_private_names_are_known_without_asking_the_network(url: str, private: bool) -> None:
    assert is_private_literal(url) is private


def test_a_key_is_entrusted_to_scheme_host_and_port() -> None:
    assert origin_of("http://Host:1/v1") == origin_of("http://host:1/other/v1")
    assert origin_of("http://host:1/v1") != origin_of("https://host:1/v1")
    assert origin_of("http://host:1/v1") != origin_of("http://host:2/v1")


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(provider_process: ProviderProcess) -> None:
    url = f"http://localhost:{provider_process.port}"
    request = ChatRequest("test-model", [{"role": "user", "content": "hi"}])
    async with ProviderClient(url, private_allowed=False) as client:
        with pytest.raises(ProviderError, match="private network") as caught:
            await client.chat(request)
    assert (caught.value.kind, caught.value.retryable) == ("bad_request", False)
    assert provider_process.log(path="") == []
    async with ProviderClient(url) as client:
        assert (await client.chat(request)).text
