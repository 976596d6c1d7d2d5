"""The one rule about addresses: what may be called, in whatever way it is written, and what a name stands for."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel import guarded
from loom_app.kernel.addresses import literal_address, name_refusal, refusal
from loom_app.kernel.guarded import AddressRefused, GuardedTransport, checked_addresses


@pytest.mark.parametrize(
    ("address", "always", "without_private"),
    [
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("100.64.0.1", False, True),
        ("192.88.99.1", False, True),
        ("::1", False, True),
        ("fc00::1", False, True),
        ("fec0::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::7f00:1", False, True),
        ("64:ff9b:1::1", False, True),
        ("2002:7f00:1::", False, True),
        ("2606:4700::5efe:10.0.0.1", False, True),
        ("8.8.8.8", False, False),
        ("2606:4700::1111", False, False),
        ("169.254.1.1", True, True),
        ("2606:4700::5efe:169.254.169.254", True, True),
        ("2002:a9fe:a9fe::", True, True),
        ("::169.254.169.254", True, True),
    ],
)
def test_private_addresses_need_permission_and_reserved_ones_are_never_called(
    address: str, always: bool, without_private: bool
) -> None:
    assert (refusal(ip_address(address), private_allowed=True) is not None) is always
    assert (refusal(ip_address(address), private_allowed=False) is not None) is without_private


@given(st.ip_addresses(v=4, network="169.254.0.0/16"), st.integers(0, 3))
def test_no_ipv6_form_reaches_what_ipv4_may_not(inner: IPv4Address, form: int) -> None:
    low = int(inner)
    forms = (low, 0xFFFF << 32 | low, 0x0064FF9B << 96 | low, 0x2002 << 112 | low << 80)
    assert refusal(IPv6Address(forms[form]), private_allowed=True) is not None


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("localhost", "private network"),
        ("LOCALHOST.", "private network"),
        ("printer.local", "private network"),
        ("0x7f.1", "private network"),
        ("2130706433", "private network"),
        ("metadata.google.internal.", "metadata"),
        ("0xA9FEA9FE", "link-local"),
    ],
)
def test_names_and_spelled_out_addresses_are_judged_without_the_network(host: str, why: str) -> None:
    assert why in str(name_refusal(host, private_allowed=False))
    assert name_refusal("hooks.example.com", private_allowed=False) is None
    assert literal_address("hooks.example.com") is None


async def test_a_name_is_resolved_once_and_every_address_it_has_must_be_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [["93.184.216.34", "10.0.0.7"], ["93.184.216.34"]]

    async def resolve(host: str, port: int, timeout: float | None) -> list[str]:
        assert (host, port, timeout) == ("shop.example", 443, 5.0)
        return answers.pop(0)

    monkeypatch.setattr(guarded, "_resolve", resolve)
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.7 is in a private network"):
        await checked_addresses("shop.example", 443, 5.0, private_allowed=False)
    assert await checked_addresses("shop.example", 443, 5.0, private_allowed=False) == ["93.184.216.34"]


async def test_a_request_to_a_forbidden_address_never_leaves() -> None:
    async with httpx.AsyncClient(transport=GuardedTransport(private_allowed=False)) as http:
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is in a private network"):
            await http.get("http://127.0.0.1:9/")
