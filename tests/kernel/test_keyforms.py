"""What is taken out of text before a model is told it, and what stays as it is."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.keyforms import MARKER, fingerprint, secrets_in, without_keys
from tests.git.test_leaks import SECRETS, some

ROOT = Path(__file__).parents[2]
KEYS = [(kind, text) for kind, texts in SECRETS.items() for text in texts]


def test_every_known_form_is_taken_out_wherever_it_stands() -> None:
    """The measure: all of the corpus, as a line, among code, in JSON and in the middle of a packed script."""
    left = []
    for kind, text in KEYS:
        for form in ("{}", "before\n{}\nafter", "\tx = 1\n    {}", "word " * 900 + "\n{}"):
            told = without_keys(form.format(text))
            secret = next((found.text for found in secrets_in(text.splitlines()[0])), text)
            if secret in told or not MARKER.search(told):
                left.append((kind, form))
    assert left == []


def test_a_key_in_a_line_of_any_length_is_found_also_between_two_parts_of_it() -> None:
    for place in (0, 3380, 3399, 3990, 3999, 4001, 7000, 50_000):
        key = f"ghp_{some(36)}"
        line = "a " * (place // 2) + key + " b" * 5_000
        assert key not in without_keys(line)
        assert len(without_keys(line)) < len(line)


def test_lines_stay_lines() -> None:
    body = "\n".join(some(64) for _ in range(20))
    text = f"one\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nlast ghp_{some(36)}\r\n"
    told = without_keys(text)
    assert told.count("\n") == text.count("\n")
    assert told.splitlines()[0] == "one"
    assert told.splitlines()[23] == "last [a GitHub token was taken out here]"
    assert body.splitlines()[3] not in told


def test_a_key_that_was_cut_off_goes_as_well() -> None:
    assert without_keys(f"-----BEGIN PRIVATE KEY-----\n{some(64)}\n{some(30)}").strip() == (
        "[a private key was taken out here]"
    )


def test_the_secrets_of_the_project_go_in_whatever_text() -> None:
    secret = "correct horse/battery"
    told = without_keys(f"{secret} x{secret}y correct%20horse%2Fbattery short", known=(secret, "short", ""))
    assert "battery" not in told
    assert told.endswith(" short")


def test_what_people_found_to_be_none_stays() -> None:
    key = f"ghp_{some(36)}"
    assert without_keys(key, allowed={fingerprint("a GitHub token", key)}) == key


def test_this_repository_reads_as_it_is() -> None:
    """The measure of false alarms: hundreds of files that hold no secret, and speak of many."""
    started, size, changed = time.process_time(), 0, []
    for place in sorted((ROOT / "loom_app").rglob("*.py"))[::3] + sorted((ROOT / "docs").rglob("*.md")):
        text = place.read_text()
        size += len(text)
        if without_keys(text) != text:
            changed.append(place.name)
    assert changed == []
    assert size / (time.process_time() - started) > 1_000_000, "characters a second"


@given(st.text(max_size=400))
def test_any_text_keeps_its_lines(text: str) -> None:
    assert without_keys(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["token=" * 30_000, "a" * 400_000, "://" * 100_000, 'password: "' * 30_000])
def test_hostile_text_takes_no_long_time(text: str) -> None:
    started = time.process_time()
    without_keys(text)
    assert time.process_time() - started < 5
