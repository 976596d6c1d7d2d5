"""Signatures, the schedule of retries, and which addresses may be told anything."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.errors import Invalid
from loom_app.outgoing import schedule
from loom_app.outgoing.choosing import asked_for
from loom_app.outgoing.signing import headers, new_secret, signature
from loom_app.outgoing.targets import checked

LAN = "http://10.0.0.5:9000"


def test_signatures_are_those_of_standard_webhooks() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == expected


@given(st.binary(max_size=300), st.integers(0, 2**33), st.text("abc-", min_size=1, max_size=30))
def test_each_live_secret_signs_id_moment_and_body(body: bytes, moment: int, name: str) -> None:
    live = [new_secret(), new_secret()]
    given_ = headers(live, name, moment, body)
    signatures = given_["webhook-signature"].split(" ")
    assert len(signatures) == 2
    for secret, signed in zip(live, signatures, strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        raw = hmac.digest(key, f"{given_['webhook-id']}.{given_['webhook-timestamp']}.".encode() + body, "sha256")
        assert signed == f"v1,{base64.b64encode(raw).decode()}"
        assert signed != signature(secret, name, moment + 1, body)


@given(st.integers(0, 400))
def test_retries_come_ever_later_and_end_within_a_day(begun: int) -> None:
    first = moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=begun)
    attempts = 1
    while (due := schedule.next_try(attempts, first, moment)) is not None:
        base = schedule.WAITS[min(attempts, len(schedule.WAITS)) - 1]
        assert base * 0.8 <= (due - moment).total_seconds() <= base * 1.2
        moment, attempts = due, attempts + 1
    assert timedelta(hours=12) < moment - first <= timedelta(days=1)
    assert 9 <= attempts <= 12
    assert all(schedule.rest(failures) <= schedule.LONGEST_REST for failures in range(1, 60))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "https://hooks.example.com:22/", "https://",
        "https://user:pass@hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/",
        "https://10.1.2.3/", "https://100.64.0.1/", "https://169.254.169.254/", "https://0x7f000001/",
        "https://2130706433/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
        "https://metadata.google.internal/", "https://printer.local/", "https://hooks.example.com/a b",
        "https://hooks.example.com/\\@evil", "https://hooks.example.com:99999/", "https://hooks.example.com/#x",
        "https://h\u00f6st.example/", "//hooks.example.com/", "x", "https://169.254.169.254:443/",
    ],
)  # fmt: skip
def test_addresses_that_loom_never_calls_are_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"^url: Loom does not send there"):
        checked(url, [LAN])


def test_addresses_of_the_world_and_those_the_settings_name_are_taken() -> None:
    for url in ("https://hooks.example.com/x?y=1", "https://hooks.example.com:8443/", f"{LAN}/hook"):
        assert checked(url, [LAN]) == url
    with pytest.raises(Invalid, match="metadata"):
        checked("http://169.254.169.254/", ["http://169.254.169.254"])
    with pytest.raises(Invalid):
        checked("http://10.0.0.5:9001/", [LAN])


def test_patterns_stand_for_a_type_a_source_or_everything() -> None:
    assert asked_for(["bead.*"], "bead.created")
    assert asked_for(["*"], "run.ended")
    assert asked_for(["run.ended"], "run.ended")
    assert not asked_for(["bead.*", "run.started"], "run.ended")
