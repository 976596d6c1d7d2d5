"""Which repository an address leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.config import GitHubSites, Settings
from loom_app.git.names import checked_remote
from loom_app.kernel.errors import Invalid
from loom_app.pullrequests.sites import repo_of

HERE = Settings(github=GitHubSites(enterprise=["https://git.example.com/api/v3/", "https://api.acme.ghe.com"]))


@pytest.mark.parametrize(
    ("address", "api", "shown"),
    [
        ("https://github.com/acme/shop.git", "https://api.github.com", "github.com/acme/shop"),
        ("https://GitHub.com/Acme/Shop", "https://api.github.com", "github.com/Acme/Shop"),
        ("https://www.github.com/acme/shop/", "https://api.github.com", "github.com/acme/shop"),
        ("git@github.com:acme/shop.git", "https://api.github.com", "github.com/acme/shop"),
        ("ssh://git@github.com/acme/shop.git", "https://api.github.com", "github.com/acme/shop"),
        ("ssh://git@ssh.github.com:443/acme/shop.git", "https://api.github.com", "github.com/acme/shop"),
        ("git@github.com:acme/.github", "https://api.github.com", "github.com/acme/.github"),
        ("https://git.example.com/acme/shop", "https://git.example.com/api/v3", "git.example.com/acme/shop"),
        ("ssh://git@git.example.com:2222/acme/shop", "https://git.example.com/api/v3", "git.example.com/acme/shop"),
        ("https://acme.ghe.com/acme/shop", "https://api.acme.ghe.com", "acme.ghe.com/acme/shop"),
    ],
)
def test_both_kinds_of_address_lead_to_the_api(address: str, api: str, shown: str) -> None:
    repo = repo_of(HERE, checked_remote(address))
    assert (repo.api, repo.shown) == (api, shown)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "not_on_github"),
        ("/srv/git/shop.git", "not_on_github"),
        ("file:///github.com/acme/shop", "not_on_github"),
        ("https://gitlab.com/acme/shop", "not_on_github"),
        ("https://github.com.evil.example/acme/shop", "not_on_github"),
        ("https://github.com:8443/acme/shop", "not_on_github"),
        ("git://github.com/acme/shop", "not_on_github"),
        ("https://github.com/acme", "bad_github_address"),
        ("https://github.com/acme/shop/tree/main", "bad_github_address"),
        ("https://github.com/acme/..", "bad_github_address"),
        ("https://github.com/acme/sh%2Fop", "bad_github_address"),
        ("git@github.com:acme/shop?x=1", "bad_github_address"),
    ],
)
def test_what_is_on_no_github_says_so(address: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        repo_of(HERE, checked_remote(address))
    assert refused.value.code == code


@given(st.sampled_from(["https://github.com/", "git@github.com:"]), st.text("aZ0./-_%?#:@\\é", max_size=30))
def test_no_address_leads_out_of_its_repository(site: str, path: str) -> None:
    try:
        repo = repo_of(HERE, checked_remote(site + path))
    except Invalid:
        return
    assert repo.path.count("/") == 3
    assert not set(repo.path) & set("?#%\\ ")
    assert ".." not in repo.path.split("/")


@pytest.mark.parametrize(
    "api", ["http://git.example.com/api/v3", "git.example.com", "https://u:p@git.example.com", "https://x/?a=b"]
)
def test_an_api_that_tokens_would_reach_in_the_open_is_refused(api: str) -> None:
    with pytest.raises(ValueError, match=r"address|encrypted"):
        GitHubSites(enterprise=[api])
