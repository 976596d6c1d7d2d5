"""GitHub's REST interface: one question at a time, bounded in time and size, every fault in words."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from loom_app.pullrequests.faults import GitHubFault, fault_of, garbage, network_fault, parsed, refusal_of
from loom_app.pullrequests.sites import Repo

VERSION = "2022-11-28"
TIMES = httpx.Timeout(20, connect=10)
WITHIN_SECONDS = 60.0
MOST_BYTES = 8 << 20
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Answer:
    """What came back. `changed` is false where all is as the given `etag` said; then there is no body."""

    body: Any
    etag: str
    changed: bool = True


class GitHub:
    """Talks to one repository's GitHub with one token, which goes to that API and nowhere else."""

    def __init__(self, repo: Repo, token: str) -> None:
        self.repo, self._token = repo, token
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION, "User-Agent": "Loom"}
        self._http = httpx.AsyncClient(headers=headers, timeout=TIMES, follow_redirects=False, verify=_tls())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str, *, etag: str = "", **params: str | int) -> Answer:
        """Reads `path` of the repository; with `etag` only what has changed since. Raises GitHubFault."""
        url = str(httpx.URL(f"{self.repo.api}{self.repo.path}{path}", params=params or None))
        for _ in range(MOST_REDIRECTS + 1):
            answer, body = await self._exchange("GET", url, {"If-None-Match": etag} if etag else {})
            if not answer.is_redirect or answer.status_code == 304:
                return self._read(answer, body)
            url = self._elsewhere(url, answer)
        raise garbage(self.repo, "one redirect after another")

    async def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Changes `path` of the repository. Raises GitHubFault."""
        url = f"{self.repo.api}{self.repo.path}{path}"
        answer, told = await self._exchange(method, url, {}, body)
        if answer.is_redirect:
            self._elsewhere(url, answer)
            raise GitHubFault(
                f"{self.repo.shown} has moved. Set the project's git_repo to where it is now.",
                code="github_moved",
                lasts=True,
            )
        return self._read(answer, told).body

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> tuple[httpx.Response, bytes]:
        if not (self._token.isascii() and self._token.isprintable()):
            raise GitHubFault(
                "The token kept for the project has characters no token has. Save another one.",
                code="github_bad_token",
                lasts=True,
            )
        own = {**headers, "Authorization": f"Bearer {self._token}"}
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                async with self._http.stream(method, url, headers=own, json=body) as answer:
                    return answer, await self._whole(answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise network_fault(self.repo, error) from error

    async def _whole(self, answer: httpx.Response) -> bytes:
        parts, size = [], 0
        async for part in answer.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise garbage(self.repo, f"more than {MOST_BYTES >> 20} MiB")
        return b"".join(parts)

    def _read(self, answer: httpx.Response, body: bytes) -> Answer:
        etag = answer.headers.get("etag", "")[:200]
        if answer.status_code == 304:
            return Answer(None, etag, changed=False)
        if not answer.is_success:
            raise fault_of(self.repo, refusal_of(answer, body))
        try:
            return Answer(parsed(body), etag)
        except ValueError as error:
            raise garbage(self.repo, "something that is no JSON") from error

    def _elsewhere(self, url: str, answer: httpx.Response) -> str:
        """Where a redirect leads. Raises GitHubFault for anywhere the token must not go."""
        there = str(urljoin(url, answer.headers.get("location", "")))
        if urlsplit(there)[:2] != urlsplit(self.repo.api)[:2]:
            raise GitHubFault(
                f"{self.repo.site} sends us to {urlsplit(there).hostname or 'nowhere'}, where its token is not shown. "
                "Check the project's git_repo and github.enterprise.",
                code="github_redirected",
                lasts=True,
            )
        return there


@lru_cache(1)
def _tls() -> SSLContext:
    """One context for all: reading the certificates takes longer than many a request."""
    return httpx.create_ssl_context()
