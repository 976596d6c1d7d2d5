"""A token is believed only when every part of it is ours and in time."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.auth import tokens
from loom_app.auth.models import User
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Unauthenticated
from loom_app.kernel.keyring import Key

KEY = Key("key-1", tokens.PURPOSE, b"k" * 32)
USER = User(id="user-1", username="alice", role="user", password_hash="", version=3)


def claims(**changed: Any) -> dict[str, Any]:
    """What a good token says, with changes; a claim given as None is left out."""
    moment = now()
    good = {
        "iss": "loom", "aud": "loom", "sub": "user-1", "ver": 3, "jti": "tok-1", "auth_time": 1_700_000_000,
        "iat": moment, "nbf": moment, "exp": moment + timedelta(hours=1),
    }  # fmt: skip
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(said: dict[str, Any], key: bytes | None = None, algorithm: str = "HS256", **headers: Any) -> str:
    return jwt.encode(said, key or KEY.secret, algorithm=algorithm, headers=headers)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_is_issued_is_read() -> None:
    read = tokens.decoded(KEY, tokens.encoded(KEY, USER))
    assert (read.user_id, read.version) == ("user-1", 3)
    assert read.token_id.startswith("tok-")


def test_token_says_what_clients_expect() -> None:
    said = jwt.decode(tokens.encoded(KEY, USER), options={"verify_signature": False})
    assert said["iss"] == said["aud"] == "loom"
    assert said["user_id"] == said["sub"] == "user-1"
    assert (said["username"], said["role"]) == ("alice", "user")
    assert "beads:write" in said["permissions"]
    assert said["exp"] - said["iat"] == 24 * 3600


def test_reference_claims_are_good() -> None:
    assert tokens.decoded(KEY, signed(claims())).user_id == "user-1"


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "forged",
    [
        lambda: "",
        lambda: "a.b.c",
        lambda: "x" * 5_000,
        lambda: signed(claims(), key=b"x" * 32),
        lambda: signed(claims(), algorithm="HS512"),
        lambda: jwt.encode(claims(), "", algorithm="none"),
        lambda: f"{part({'alg': 'none', 'typ': 'JWT'})}.{signed(claims()).split('.')[1]}.",
        lambda: signed(claims(iss="other")),
        lambda: signed(claims(aud="other")),
        lambda: signed(claims(aud=["loom", "other"])),
        lambda: signed(claims(exp=now() - timedelta(minutes=1))),
        lambda: signed(claims(nbf=now() + timedelta(minutes=1))),
        lambda: signed(claims(iat=now() + timedelta(minutes=1))),
        lambda: signed(claims(ver="3")),
        lambda: signed(claims(ver=True)),
        lambda: signed(claims(sub=None)),
        lambda: signed(claims(sub=7)),
        lambda: signed(claims(jti=None)),
        lambda: signed(claims(jti=7)),
        lambda: signed(claims(jti="j" * 65)),
        lambda: signed(claims(auth_time=None)),
        lambda: signed(claims(auth_time="then")),
        lambda: signed(claims(auth_time=10**30)),
        lambda: signed(claims(exp=10**30)),
        lambda: signed(claims(exp=None)),
        lambda: signed(claims(exp="tomorrow")),
        lambda: signed(claims(iat=None)),
        lambda: signed(claims(nbf=None)),
        lambda: signed(claims(iss=None)),
        lambda: signed(claims(aud=None)),
        lambda: signed(claims(ver=None)),
        lambda: signed(claims(), crit=["exp"]),
    ],
)
def test_forged_foreign_and_expired_tokens_get_one_answer(forged: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated) as refused:
        tokens.decoded(KEY, forged())
    assert refused.value.message == tokens.session_over().message


@given(st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token = tokens.encoded(KEY, USER)
    # The last character of a part may hold unused bits; all others carry the signature or what is signed.
    ends = {len(token) - 1, token.index(".") - 1, token.rindex(".") - 1}
    at = data.draw(st.sampled_from([place for place in range(len(token)) if place not in ends]))
    other = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != token[at]))
    with pytest.raises(Unauthenticated):
        tokens.decoded(KEY, token[:at] + other + token[at + 1 :])


@given(st.text(max_size=300))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.decoded(KEY, text)
