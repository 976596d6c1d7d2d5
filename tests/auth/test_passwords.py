"""Which passwords are accepted, and what is stored of them."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.auth import passwords
from loom_app.auth.common_passwords import common_passwords
from loom_app.kernel.errors import Invalid


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "        tea at eight        ",
        "пароль-без-слов",
        "🧶🪡🧵🧶🪡🧵🧶🪡",
        "semi;colon'quote\"\\\x00null",
        "ab" * 64,
        "bloomsbury-7",
    ],
)
async def test_accepts_any_characters_within_the_length(password: str) -> None:
    stored = await passwords.accept(password, "alice")
    assert await passwords.matches(password, stored)
    assert not await passwords.matches(password + "x", stored)


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("short7!", "has 7 characters"),
        ("x" * 129, "has 129 characters"),
        ("", "has 0 characters"),
        ("iloveyou", "first that anybody would try"),
        ("PassWord123", "first that anybody would try"),
        ("1234567890", "first that anybody would try"),
        ("ßßßßßßßßß", "first that anybody would try"),
        ("AliceSmith", "little more than the user name"),
        ("alicesmith2024!", "little more than the user name"),
        ("cook@kitchen.example", "little more than the user name, the e-mail address"),
        ("Kitchen.Example", "little more than the user name, the e-mail address"),
        ("2026-kitchen!", "little more than the user name, the e-mail address"),
        ("loom-2026", "little more than the user name"),
        ("LoomLoom", "little more than the user name"),
        ("bad \ud800 surrogate", "is not text"),
    ],
)
async def test_refuses_with_the_reason(password: str, because: str) -> None:
    with pytest.raises(Invalid, match="password") as refused:
        await passwords.accept(password, "AliceSmith", "cook@kitchen.example")
    assert because in refused.value.message
    assert refused.value.code == "password_refused"
    assert not password or password not in refused.value.message


def test_the_list_of_first_guesses_has_the_3000_that_fit_the_rule_on_length() -> None:
    listed = common_passwords(passwords.SHORTEST)
    assert len(listed) >= 3_000
    assert all(passwords.weakness(password, "alice") for password in listed)


async def test_128_characters_count_to_the_last_one() -> None:
    stored = await passwords.accept("🧶ab" * 42 + "cd", "alice")
    assert not await passwords.matches("🧶ab" * 42 + "ce", stored)


async def test_same_letters_composed_differently_are_the_same_password() -> None:
    stored = await passwords.accept("zo\u00eb in the garden", "alice")
    assert await passwords.matches("zoe\u0308 in the garden", stored)


async def test_hash_is_salted_argon2id_of_the_stated_cost() -> None:
    first, second = [await passwords.hashed("one two three four") for _ in range(2)]
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.outdated(first)
    assert passwords.outdated(first.replace("t=2", "t=1"))
    assert passwords.outdated("$2b$12$abcdefghijklmnopqrstuu")


@pytest.mark.parametrize("stored", [None, "", "garbage", "$argon2id$v=19$m=19456,t=2,p=1$$", "$2b$12$short"])
async def test_what_is_no_hash_matches_nothing(stored: str | None) -> None:
    assert not await passwords.matches("nobody", stored)


@given(st.text(min_size=8, max_size=128))
@settings(max_examples=200)
def test_weakness_never_fails_and_length_is_all_check_length_asks(password: str) -> None:
    assert isinstance(passwords.weakness(password, "alice"), str)
    passwords.check_length(password)


def test_the_hash_is_loaded_before_two_threads_can_ask_for_it_at_once() -> None:
    program = "from loom_app.auth.passwords import argon2; print(*[base.__name__ for base in argon2.__mro__])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "_CffiBackend" in done.stdout
    assert "_NoBackend" not in done.stdout
