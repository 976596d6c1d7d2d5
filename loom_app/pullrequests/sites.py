"""Which repository of which GitHub a project's address leads to."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from loom_app.config import Settings
from loom_app.git.places import Place, place_of
from loom_app.kernel.errors import Invalid

GITHUB = {"github.com": "https://api.github.com"}
OTHER_NAMES = {"ssh.github.com": "github.com", "www.github.com": "github.com"}
PART = re.compile(r"(?!\.\.?$)[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True)
class Repo:
    """A repository on a GitHub: `api` is where that answers, `site` the host (and port) of its pages."""

    api: str
    site: str
    owner: str
    name: str

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/repos/{self.owner}/{self.name}"

    @property
    def shown(self) -> str:
        """How people name it."""
        return f"{self.site}/{self.owner}/{self.name}"


def sites(settings: Settings) -> dict[str, str]:
    """The address of the API of each GitHub that is known, by the site its pages are on."""
    own = {(urlsplit(api).netloc.lower().removeprefix("api.")): api for api in settings.github.enterprise}
    return GITHUB | own


def repo_of(settings: Settings, git_repo: str) -> Repo:
    """The repository that the address `git_repo` leads to. Raises Invalid for one that is on no known GitHub."""
    known, place = sites(settings), place_of(git_repo)
    site = _site(place, known)
    if site is None:
        raise Invalid(
            f"{git_repo or 'The repository that Loom owns'} is not on GitHub ({', '.join(known)}), so there are no "
            "pull requests; changes wait for review in Loom. For a GitHub Enterprise Server have github.enterprise "
            "name its API, such as https://git.example.com/api/v3.",
            code="not_on_github",
        )
    owner, _, name = place.path.strip("/").removesuffix(".git").partition("/")
    if not (PART.fullmatch(owner) and PART.fullmatch(name)):
        raise Invalid(
            f"{git_repo} names no repository of {site}: its path must read owner/name.", code="bad_github_address"
        )
    return Repo(known[site], site, owner, name)


def _site(place: Place, known: dict[str, str]) -> str | None:
    """The known GitHub that `place` is on. By ssh the port is another than that of the pages."""
    host = OTHER_NAMES.get(place.host, place.host)
    if place.protocol == "ssh":
        return next((site for site in known if (urlsplit(f"//{site}").hostname or "") == host), None)
    named = place.site if host == place.host else host
    return named if place.protocol in ("https", "http") and named in known else None
