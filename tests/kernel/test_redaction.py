"""No secret is written down, whatever it looks like and wherever it stands."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.redaction import HIDDEN, redacted, scrub

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SECRETS = st.text(alphabet=LETTERS + "-_.~+/=!$%^*", min_size=8, max_size=60).map(lambda text: f"Zq{text}")
NAMES = st.sampled_from(
    [
        "password", "current_password", "passwd", "LOOM_ADMIN_PASSWORD", "LOOM_SECRET_KEY", "secret", "client_secret",
        "token", "access_token", "setup_token", "refreshToken", "api_key", "apikey", "API-KEY", "X-API-Key",
        "LOOM_PROVIDER__API_KEY", "Authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "loom_session",
        "totp", "otp", "totp_seed", "private_key", "recovery_codes", "credentials", "pepper",
    ]
)  # fmt: skip
PLAIN_NAMES = st.text(alphabet="abcdefgh_", min_size=1, max_size=10)

VALUES = st.recursive(
    SECRETS | st.integers(10**6),
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(PLAIN_NAMES, inner, min_size=1),
    max_leaves=5,
)


@given(NAMES, VALUES)
def test_what_goes_by_the_name_of_a_secret_is_hidden(name: str, value: object) -> None:
    assert redacted({"event": "x", "about": [{name: value}]}) == {"event": "x", "about": [{name: HIDDEN}]}


@given(NAMES, SECRETS, st.sampled_from(["{n}={s}", "{n}: {s}", "{n} = {s}", "said {n}={s}, then", "?{n}={s}&x=1"]))
def test_a_secret_after_its_name_is_hidden(name: str, secret: str, form: str) -> None:
    assert secret not in scrub(form.format(n=name, s=secret))


@given(NAMES, SECRETS)
def test_a_secret_in_a_printed_mapping_is_hidden(name: str, secret: str) -> None:
    body = {"first": 1, name: secret, "last": "kept words"}
    nested = json.dumps({"body": json.dumps(body)})
    for text in (repr(body), json.dumps(body), nested, repr([(name, secret)]), repr({name.encode(): secret.encode()})):
        assert secret not in scrub(text)
        assert ("kept words" in scrub(text)) == ("kept words" in text)


@given(SECRETS, st.sampled_from(["https", "postgresql+asyncpg", "ssh", "redis"]), st.sampled_from(["", "@", "/", "?"]))
def test_a_password_in_an_address_is_hidden(secret: str, scheme: str, odd: str) -> None:
    password = secret.replace("/", "") + odd + "end"
    said = scrub(f"cannot reach {scheme}://user:{password}@host.example/path now")
    assert password not in said
    assert secret[:10].replace("/", "") not in said
    assert said.endswith("@host.example/path now")


@given(SECRETS.filter(lambda secret: "/" not in secret))
def test_a_token_as_the_user_of_an_address_is_hidden(secret: str) -> None:
    assert secret not in scrub(f"fatal: unable to access 'https://{secret}@host.example/a.git/': 403")


@given(st.text(alphabet=LETTERS, min_size=43, max_size=43))
def test_keys_that_tell_themselves_by_their_form_are_hidden(letters: str) -> None:
    for text in (
        f"loom_live_{letters}", f"sk-{letters}", f"sk-ant-api03-{letters}", f"ghp_{letters}", f"github_pat_{letters}",
        f"glpat-{letters}", f"xai-{letters}", f"hf_{letters}", f"eyJhbGciOiJI.eyJz{letters}.{letters}",
        f"v1.{letters}=", f"v2.0123456789abcdef.{letters}", f"$argon2id$v=19$m=1,t=1,p=1$c2FsdA${letters}",
        f"Bearer {letters}", f"basic {letters}==",
    ):  # fmt: skip
        assert letters not in scrub(f"the provider said {text}.")


def test_header_lines_are_hidden_to_their_end() -> None:
    said = scrub('Host: a\r\nCookie: a=one; b="two"; c=three\r\nauthorization: Custom four five\r\nX: y')
    assert said == f"Host: a\r\nCookie: {HIDDEN}\r\nauthorization: {HIDDEN}\r\nX: y"


def test_private_keys_are_hidden_whole_or_cut() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----"
    assert scrub(f"read {key} here") == f"read {HIDDEN} here"
    assert "b3Blbn" not in scrub(key[:60])


def test_values_that_pydantic_quotes_are_hidden() -> None:
    said = "1 validation error\nname\n  too short [type=short, input_value='hunter2, [x]', input_type=str]"
    assert scrub(said) == f"1 validation error\nname\n  too short [type=short, input_value={HIDDEN}, input_type=str]"


@pytest.mark.parametrize(
    "plain",
    [
        "bead not claimed", "run ends reason=done", "tokens_input=500 total_tokens=7", "max_tokens: 16",
        "GET /api/v1/beads?limit=5&offset=2", "http://127.0.0.1:8080/board", "ssh://git@host.example/a.git",
        "git@host.example:a/b.git", "postgresql://db/loom", "task-force-for-the-kitchen",
        "risk-assessment-of-the-oven", "2026-01-02T03:04:05.678901Z", "bd-a1b2 is blocked", "v1.2.3",
        "/srv/data/secret.key",
        "the provider refused the API key", "Sign in again with POST /api/v1/auth/login.",
        "run-0193f6f8a7b27cc0a1b2c3d4e5f60718", "http://[::1]:8080/a@b", "The stored secret of p cannot be opened",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays_readable(plain: str) -> None:
    assert scrub(plain) == plain


@given(st.text(max_size=300))
def test_scrubbing_again_changes_nothing(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


@given(NAMES, SECRETS)
def test_what_was_hidden_stays_as_it_is(name: str, secret: str) -> None:
    record = {"event": f"{name}: {secret}", name: secret, "level": "info", "url": f"https://a:{secret}@b/"}
    line = json.dumps(redacted(record))
    assert scrub(line) == line


def test_values_without_a_plain_form_are_written_by_their_repr() -> None:
    class Settings:
        def __repr__(self) -> str:
            return "Settings(api_key='Zq-very-secret')"

    loop: list[object] = [1]
    loop.append(loop)
    said = redacted({"of": Settings(), "none": None, "yes": True, "n": 1.5, "loop": loop, "set": {"a"}, "password": ""})
    assert said["of"] == f"Settings(api_key='{HIDDEN}')"
    assert (said["none"], said["yes"], said["n"], said["set"], said["password"]) == (None, True, 1.5, ["a"], "")


@pytest.mark.parametrize(
    "unit",
    [
        "a://b:c",
        "a://",
        "password",
        "'password': '",
        "cookie=",
        "-----BEGIN PRIVATE KEY-----",
        "input_value=",
        "\\",
        "x",
    ],
)
def test_long_lines_take_no_long_time(unit: str) -> None:
    line = (unit * 70_000)[:65_000]
    begun = time.process_time()
    scrub(line)
    assert time.process_time() - begun < 3
