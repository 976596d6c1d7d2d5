"""Whatever GitHub answers, Loom says what is wrong in a sentence, and the token goes nowhere else."""

import time
from collections.abc import Iterator

import pytest

from loom_app.pullrequests.client import MOST_BYTES, GitHub
from loom_app.pullrequests.faults import LONGEST_WAIT, GitHubFault
from loom_app.pullrequests.sites import Repo
from tests.support.git_repository import made
from tests.support.github import CUT, Fault, GitHubStandIn

SECRET = "t0p-Secret"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubStandIn]:
    """One GitHub for all tests here."""
    folder = tmp_path_factory.mktemp("github")
    with GitHubStandIn(folder / "root", made(folder / "theirs", {"a.txt": "one\n"}), SECRET) as standing:
        yield standing


async def fault(site: GitHubStandIn, *answers: Fault, method: str = "GET", token: str = SECRET) -> GitHubFault:
    """The fault that these answers are."""
    site.faults = list(answers)
    async with GitHub(Repo(site.api, site.site, "acme", "shop"), token) as hub:
        with pytest.raises(GitHubFault) as raised:
            await (hub.get("/pulls") if method == "GET" else hub.send(method, "/pulls", {"title": "T"}))
    assert SECRET not in raised.value.message
    assert raised.value.message.endswith((".", "itself."))
    return raised.value


@pytest.mark.parametrize(
    ("answer", "code", "told", "lasts"),
    [
        (Fault(401, '{"message": "Bad credentials"}'), "github_bad_token", "Save a fresh one", True),
        (Fault(403, '{"message": "Resource not accessible by personal access token"}'), "github_forbidden",
         "Resource not accessible by personal access token. Give it access", True),
        (Fault(404, '{"message": "Not Found"}'), "github_no_access", "has no acme/shop, or our token", True),
        (Fault(451), "github_no_access", "may not see it", True),
        (Fault(405, '{"message": "Pull Request is not mergeable"}'), "github_not_mergeable", "is not mergeable.", True),
        (Fault(405, '{"message": "Squash merges are not allowed on this repository."}'), "github_method_refused",
         "Squash merges are not allowed", True),
        (Fault(409, '{"message": "Head branch was modified."}'), "github_head_moved", "Head branch", False),
        (Fault(409, '{"message": "Base branch was modified."}'), "github_base_moved", "Base branch", False),
        (Fault(422, '{"message": "Validation Failed", "errors": [{"message": "No commits"}, '
                    '{"field": "base", "code": "invalid"}]}'), "github_refused",
         "Validation Failed. No commits. base invalid.", True),
        (Fault(422, '{"message": 7, "errors": "odd"}'), "github_refused", "7.", True),
        (Fault(500, "<html>Unicorn!</html>"), "github_down", "trouble of its own (it answered 500)", False),
        (Fault(418, '{"message": "token ghp_aaaaaaaaaaaaaaaaaaaaaaaa"}'), "github_odd", "[redacted]", False),
        (Fault(200, "<html>Welcome to the hotel</html>"), "github_garbage", "no JSON", False),
        (Fault(200, "[" * 100_000), "github_garbage", "no JSON", False),
        (Fault(200, " " * (MOST_BYTES + 1)), "github_garbage", "more than 8 MiB", False),
        (Fault(CUT), "github_unreachable", "closed the connection", False),
        (Fault(302, headers={"Location": "https://evil.example/x"}), "github_redirected", "evil.example", True),
        (Fault(302, headers={"Location": "//127.0.0.1:1/x"}), "github_redirected", "127.0.0.1", True),
        (Fault(301, headers={"Location": "/api/v3/repos/acme/shop/pulls"}, times=9), "github_garbage",
         "redirect", False),
    ],
)  # fmt: skip
async def test_each_answer_is_told_in_a_sentence(
    site: GitHubStandIn, answer: Fault, code: str, told: str, lasts: bool
) -> None:
    found = await fault(site, answer)
    assert (found.code, found.lasts) == (code, lasts)
    assert told in found.message


@pytest.mark.parametrize(
    ("status", "headers", "body", "least", "most"),
    [
        (429, {"Retry-After": "30"}, "{}", 30, 30),
        (403, {"Retry-After": "1e999"}, '{"message": "You have exceeded a secondary rate limit"}', 60, 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 10 minutes"}, "{}", 500, 600),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, "{}", LONGEST_WAIT, LONGEST_WAIT),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "{}", 60, 60),
        (429, {"Retry-After": "-5"}, "no json", 1, 1),
    ],
)
async def test_limits_say_how_long_to_wait(
    site: GitHubStandIn, status: int, headers: dict[str, str], body: str, least: float, most: float
) -> None:
    soon = str(int(time.time()) + 600)
    given = {name: soon if value == "in 10 minutes" else value for name, value in headers.items()}
    found = await fault(site, Fault(status, body, given))
    assert (found.code, found.lasts) == ("github_rate_limited", False)
    assert found.wait is not None
    assert least <= found.wait <= most


async def test_what_cannot_be_reached_or_sent_says_so(site: GitHubStandIn) -> None:
    async with GitHub(Repo("http://127.0.0.1:1", "127.0.0.1:1", "acme", "shop"), SECRET) as hub:
        with pytest.raises(GitHubFault, match="cannot be reached"):
            await hub.get("/pulls")
    asked = len(site.asked)
    for token in ("grüße", "a\nb"):
        assert (await fault(site, token=token)).code == "github_bad_token"
    assert len(site.asked) == asked


async def test_a_moved_repository_is_read_where_it_is_and_written_only_by_its_new_address(site: GitHubStandIn) -> None:
    moved = Fault(301, headers={"Location": f"{site.api}/repos/acme/shop/pulls?state=open&head=acme:x"})
    site.faults = [moved]
    async with GitHub(Repo(site.api, site.site, "acme", "old"), SECRET) as hub:
        assert (await hub.get("/pulls")).body == []
    found = await fault(site, Fault(307, headers={"Location": f"{site.api}/repos/acme/new/pulls"}), method="POST")
    assert (found.code, found.lasts) == ("github_moved", True)


async def test_what_has_not_changed_is_not_sent_again(site: GitHubStandIn) -> None:
    site.faults = []
    async with GitHub(Repo(site.api, site.site, "acme", "shop"), SECRET) as hub:
        first = await hub.get("")
        again = await hub.get("", etag=first.etag)
    assert (first.changed, again.changed, again.body) == (True, False, None)
