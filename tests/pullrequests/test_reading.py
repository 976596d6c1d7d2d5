"""Whatever JSON GitHub sends, it is read, or refused as theirs; nothing in it trips Loom or its database."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.storable import fault_in
from loom_app.pullrequests import reading
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault, parsed
from loom_app.pullrequests.sites import Repo

HUB = GitHub(Repo("https://api.github.com", "github.com", "acme", "shop"), "t")
PULL = {
    "number": 7, "html_url": "https://github.com/acme/shop/pull/7", "title": "Less flour", "state": "open",
    "head": {"sha": "0123abc", "ref": "agent/bd-1/less"}, "merged": False, "mergeable_state": "unknown",
}  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_a_pull_request_is_read() -> None:
    seen = reading.pull_of(HUB, PULL)
    assert (seen.number, seen.is_open, seen.head, seen.mergeable) == (7, True, "0123abc", "")


@given(st.sampled_from([*PULL, "merged_by", "merge_commit_sha"]), ANY)
def test_an_odd_part_is_read_or_refused(name: str, value: Any) -> None:
    try:
        seen = reading.pull_of(HUB, PULL | {name: value})
    except GitHubFault:
        return
    assert 0 < seen.number < 2**31
    assert all(len(str(part)) <= reading.LONGEST for part in vars(seen).values())


@given(st.dictionaries(st.sampled_from(["id", "user", "state", "body", "author_association", "line", "path"]), ANY))
def test_odd_reviews_and_lines_are_read(told: dict[str, Any]) -> None:
    seen = reading.review_of(told)
    assert 0 <= seen.id < 2**62
    assert not seen.says_so or told["author_association"] in reading.TRUSTED
    assert ": " in reading.line_of(told)
    assert reading.checks_of([told], told) in ("failed", "pending", "passed", "")


@given(ANY)
def test_what_is_kept_of_an_answer_can_be_stored(value: Any) -> None:
    body = (
        json.dumps({"said": value, "half\ud800": "a\x00b"}, allow_nan=False, default=str) if _is_plain(value) else "{}"
    )
    assert fault_in(parsed(body.encode())) is None


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b"\xff", b"1" * 5_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(body)


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
