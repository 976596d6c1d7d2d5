"""What any row of findings makes of a provider: the rules of its states, whatever comes after whatever."""

from typing import Any, cast
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import SYSTEM
from loom_app.providers import health, service
from loom_app.providers.chat import ChatReply
from loom_app.providers.errors import Kind, ProviderError
from loom_app.providers.health import Finding
from loom_app.providers.models import FAILURES_TO_GIVE_UP, TRANSITIONS, WORKING, Provider, ProviderStatus, Signal

NO_TX = cast("AsyncSession", None)
REPLY = ChatReply("ok", "m", "stop", None, True, 1, None, None)
PASSING = ("unreachable", "rate_limited")
KINDS: list[Kind] = [
    "unreachable", "timeout", "rate_limited", "budget", "auth", "bad_request", "server", "garbage", "cut_off",
    "model_missing",
]  # fmt: skip
FAILED_CHECKS = [Finding(Signal.FAILED, error="no", completion=ProviderError("no", kind=kind)) for kind in KINDS]
SILENT = Finding(Signal.FAILED, error="cannot be reached")
ALIVE = Finding(Signal.ALIVE, latency_ms=1)
ANSWERED = Finding(Signal.CHECKED, latency_ms=1, completion=REPLY)
FINDINGS = st.sampled_from([ALIVE, SILENT, ANSWERED, *FAILED_CHECKS, None])


def after(findings: list[Finding | None]) -> list[dict[str, Any]]:
    """The provider after each finding; None stands for a change of its address."""
    provider = Provider(id="p", name="p", endpoint="http://h/v1")
    seen = []
    with patch.object(service, "tell"):
        for finding in findings:
            if finding is None:
                provider.doubt = ""
                service.signal(NO_TX, provider, Signal.CHANGED, actor=SYSTEM)
            else:
                health.judge(NO_TX, provider, finding, actor=SYSTEM)
            seen.append(provider.model_dump())
    return seen


@given(st.lists(FINDINGS, max_size=40))
def test_the_rules_of_the_states(findings: list[Finding | None]) -> None:
    before: dict[str, Any] = {"status": "pending", "doubt": "", "failures_in_row": 0}
    for finding, now in zip(findings, after(findings), strict=True):
        assert not (now["doubt"] and now["status"] in WORKING), "nobody in doubt gets work"
        if finding is None:
            assert (now["status"], now["failures_in_row"]) == ("pending", 0)
        elif finding is ANSWERED:
            assert now["status"] in WORKING
            assert (now["doubt"], now["failures_in_row"], now["last_heartbeat_error"]) == ("", 0, "")
        elif finding is ALIVE:
            expected = (
                before["status"] if before["doubt"] else TRANSITIONS[ProviderStatus(before["status"])][Signal.ALIVE]
            )
            assert (now["status"], now["doubt"]) == (expected, before["doubt"])
        else:
            assert now["failures_in_row"] == before["failures_in_row"] + 1
            given_up = now["failures_in_row"] >= FAILURES_TO_GIVE_UP or before["status"] == "failed"
            assert now["status"] == ("failed" if given_up else "error")
            assert now["last_heartbeat_error"]
            raises = isinstance(finding.completion, ProviderError) and finding.completion.kind not in PASSING
            assert bool(now["doubt"]) == (raises or bool(before["doubt"]))
        before = now


@given(st.lists(st.sampled_from([ALIVE, SILENT]), min_size=1, max_size=30))
def test_without_completions_it_is_as_well_as_its_last_heartbeat(findings: list[Finding]) -> None:
    last = after([ANSWERED, *findings])[-1]
    assert (last["status"] in WORKING) is (findings[-1] is ALIVE)
