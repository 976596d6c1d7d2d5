"""Patterns of hosts, and the names they speak of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.egress.hosts import allows, checked_host, named
from loom_app.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("pypi.org", "pypi.org:443"), (" PyPI.org:443 ", "pypi.org:443"), ("deb.debian.org:80", "deb.debian.org:80"),
        ("*.npmjs.org", "*.npmjs.org:443"), ("xn--bcher-kva.example", "xn--bcher-kva.example:443"),
        ("_dav.a-b.example:1", "_dav.a-b.example:1"), ("1.pool.example", "1.pool.example:443"),
    ],
)  # fmt: skip
def test_what_is_kept(said: str, kept: str) -> None:
    assert checked_host(said) == kept == checked_host(kept)


@pytest.mark.parametrize(
    "said",
    [
        "", "*", "*:443", "*.org", "*.com:443", "**.a.org", "a*.org", "a.*.org", "pypi.org:*", "pypi.org:0",
        "pypi.org:65536", "pypi.org:", ":443", "https://pypi.org", "pypi.org/simple", "user@pypi.org", "pypi org",
        "pypi.org\n", "pypi..org", ".pypi.org", "pypi.org.", "-a.org", "a-.org", "bücher.example", "localhost",
        "localhost:80", "db", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "1.2.3.4:443", "a.b.7",
        "[::1]:443", "::1", "metadata.google.internal", "a" * 64 + ".org", "a." * 130 + "org", "pypi.org:443,evil.org",
        "pypi.org\x00.evil.org",
    ],
)  # fmt: skip
def test_what_is_refused_and_why(said: str) -> None:
    if said == "pypi.org\n":
        assert checked_host(said) == "pypi.org:443"
        return
    with pytest.raises(Invalid) as refused:
        checked_host(said)
    assert refused.value.code == "bad_network_host"
    assert "pypi.org:443" in refused.value.message


ALLOWED = ["pypi.org:443", "*.npmjs.org:443", "deb.debian.org:80"]


@pytest.mark.parametrize(
    ("host", "port"), [("pypi.org", 443), ("PyPI.ORG.", 443), ("registry.npmjs.org", 443), ("a.b.npmjs.org", 443)]
)
def test_what_is_allowed(host: str, port: int) -> None:
    name = named(host)
    assert name is not None
    assert allows(ALLOWED, name, port)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("pypi.org", 80), ("pypi.org", 4430), ("evil-pypi.org", 443), ("pypi.org.evil.example", 443), ("ypi.org", 443),
        ("npmjs.org", 443), ("evilnpmjs.org", 443), ("registry.npmjs.org", 80), ("deb.debian.org", 443),
    ],
)  # fmt: skip
def test_what_is_not_allowed(host: str, port: int) -> None:
    assert not allows(ALLOWED, host, port)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "::1",
        "0x7f000001",
        "2130706433",
        "127.1",
        "",
        "a b",
        "a\tb",
        "a_%00.org",
        "a/..",
        "x" * 300,
    ],
)
def test_what_is_no_name(host: str) -> None:
    assert named(host) is None


@given(st.text(max_size=40), st.integers(1, 65535))
def test_nothing_is_allowed_but_what_ends_as_a_pattern_says(host: str, port: int) -> None:
    name = named(host)
    if name is not None and allows(ALLOWED, name, port):
        assert (name == "pypi.org" or name.endswith(".npmjs.org")) == (port == 443) or (name, port) == (
            "deb.debian.org", 80,
        )  # fmt: skip


@given(st.from_regex(r"(\*\.)?[a-z]{1,5}(\.[a-z]{2,5}){1,3}(:[1-9][0-9]{0,3})?", fullmatch=True))
def test_what_is_kept_stays_as_it_is(said: str) -> None:
    try:
        kept = checked_host(said)
    except Invalid:
        return
    assert checked_host(kept) == kept
    assert allows([kept], kept.rpartition(":")[0].replace("*", "any"), int(kept.rpartition(":")[2]))
