"""What is taken for a secret in a change, and what is not."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.git.keys import new_pair
from loom_app.git.leaks import leaks

CHANCE = random.Random(7)
LETTERS = string.ascii_letters + string.digits


def some(length: int, letters: str = LETTERS) -> str:
    """Letters by chance; made here, so that no file of ours holds what looks like a secret."""
    return "".join(CHANCE.choices(letters, k=length))


UPPER = string.ascii_uppercase + string.digits
SECRETS = {
    "a private key": [new_pair("x").private, "-----BEGIN RSA " + "PRIVATE KEY-----"],
    "an AWS access key": [f"id = AKIA{some(16, UPPER)}"],
    "an AWS secret key": [f"aws_secret_access_key = {some(40)}"],
    "a GitHub token": [f"ghp_{some(36)}", f"x: github_pat_{some(22)}_{some(59)}"],
    "a GitLab token": [f"glpat-{some(20)}"],
    "a Slack token": [f"xoxb-{some(12, string.digits)}-{some(24)}"],
    "an OpenAI key": [f"sk-{some(48)}", f"OPENAI=sk-proj-{some(40)}"],
    "an Anthropic key": [f"sk-ant-api03-{some(40)}"],
    "a Google key": [f"AIza{some(35)}"],
    "a Stripe key": [f"sk_live_{some(24)}"],
    "a password in an address": [f"postgresql://cook:{some(20)}9a@db.internal/pot"],
    "what is named a secret": [
        f'API_TOKEN = "{some(30)}7k"', f"DB_PASSWORD={some(30)}7k", f'"client_secret": "{some(30)}7k",',
        f"  secret_key: '{some(30)}7k'", f'apiKey: "{some(30)}7k"',
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SECRETS.items() for text in texts])
def test_secrets_are_found_by_their_line_and_not_repeated(kind: str, text: str) -> None:
    found = list(leaks("a.py", iter([(1, "x = 1"), (7, text.splitlines()[0])])))
    assert [(leak.path, leak.line, leak.kind) for leak in found] == [("a.py", 7, kind)]
    assert text not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        'password = "change-me-before-production"', 'API_KEY = os.environ["API_KEY"]', "token: ${{ secrets.TOKEN }}",
        'secret = "<your secret here please>"', "postgresql://user:password@localhost/db", "AKIAIOSFODNN",
        "http://user:${PASSWORD}@host/", "token = self.tokenizer.next_token_after(position)", "sk-learn-contrib-module",
        'password_hash = hash_password("hunter")', "def test_secret_is_sealed_with_the_right_key(vault):",
        "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----", 'next_token = "eyJ"', "the token is 1234",
        'api_key_header = "X-Api-Key-Of-The-Client-Program"', "sha256:" + "0" * 64, "commit " + "a1" * 20,
        'PASSWORD_RESET_PATH = "/api/v1/auth/password/reset2"', "token_urlsafe(32)",
        "secret: vault.seal(text, purpose)",
        'integrity="sha512-abcdefghijklmnopqrstuvwxyz0123456789"', "export const TOKENS = parseTokens(source, 1024);",
        'credential_file = "~/.config/loom/credentials2.json"', "passwords = ['12345678901234567890']",
    ],
)  # fmt: skip
def test_what_only_speaks_of_secrets_is_let_through(text: str) -> None:
    assert list(leaks("a.py", iter([(1, text)]))) == []


def test_a_finding_keeps_its_name_wherever_it_is_moved_and_another_has_another() -> None:
    one, two = f"ghp_{some(36)}", f"ghp_{some(36)}"
    found = [leak.fingerprint for path in ("a", "b/c") for leak in leaks(path, iter([(1, one), (9, one), (10, two)]))]
    assert len(set(found)) == 2


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text: str) -> None:
    list(leaks("a", iter([(1, text)])))


def test_a_long_line_takes_no_long_time() -> None:
    assert list(leaks("min.js", iter([(1, "token=" * 200_000)]))) == []
