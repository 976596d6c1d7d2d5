"""A stand-in for GitHub on loopback: its API for pull requests over real git, and the repositories themselves.

What people do on its pages are methods here; `faults` are answered in place of what would be.
"""

import hashlib
import json
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.git_over_http import Answer, GitOverHttp
from tests.support.git_repository import git

API = "/api/v3"
CUT = 0


@dataclass
class Fault:
    """An answer given in place of the right one, to requests that contain `of`, so many `times`."""

    status: int
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    of: str = ""
    times: int = 1
    after: bool = False
    """Whether what was asked for is done all the same: only the answer is lost."""


class GitHubStandIn(GitOverHttp):
    """The site with the one repository acme/shop. `asked` are the requests it was sent, as `GET /pulls/1`."""

    def __init__(self, root: Path, origin: Path, token: str = "t0p-Secret") -> None:
        super().__init__(token, root)
        self.bare = root / "acme" / "shop.git"
        self.bare.parent.mkdir(parents=True)
        git(root, "clone", "-q", "--bare", str(origin), str(self.bare))
        git(self.bare, "config", "http.receivepack", "true")
        self.token, self.pulls = token, dict[int, dict[str, Any]]()
        self.reviews, self.lines = dict[int, list[dict[str, Any]]](), dict[int, list[dict[str, Any]]]()
        self.talk, self.said = dict[int, list[dict[str, Any]]](), dict[int, list[dict[str, Any]]]()
        self.wanted_reviewers, self.association = list[str](), "OWNER"
        self.methods, self.may_push = {"merge", "squash", "rebase"}, True
        self.state, self.check_runs = "clean", list[dict[str, Any]]()
        self.asked, self.unchanged, self.faults = list[str](), 0, list[Fault]()
        self.authorizations = set[str]()
        self._lock = threading.RLock()

    @property
    def api(self) -> str:
        """The address of its API."""
        return f"http://{self.site}{API}"

    @property
    def clone_url(self) -> str:
        """The address of the repository."""
        return f"http://{self.site}/acme/shop.git"

    def head(self, branch: str) -> str:
        """The commit at the end of a branch; "" without one."""
        found = git(self.bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found.strip()

    def commit(self, branch: str, path: str, text: str, message: str = "Theirs") -> str:
        """Has somebody else push a change of one file; the commit."""

        def change(folder: Path) -> None:
            (folder / path).write_text(text)
            git(folder, "add", "-A")
            git(folder, "commit", "-q", "-m", message)

        self._in_clone(branch, change)
        return self.head(branch)

    def review(self, number: int, state: str, body: str = "", *, by: str = "alice", association: str = "MEMBER",
               kind: str = "User", lines: list[dict[str, Any]] | None = None) -> None:  # fmt: skip
        """Somebody reviews a pull request, with comments of lines."""
        with self._lock:
            id_ = 1000 + sum(map(len, self.reviews.values()))
            one = {"id": id_, "user": {"login": by, "type": kind}, "state": state, "body": body,
                   "author_association": association}  # fmt: skip
            self.reviews.setdefault(number, []).append(one)
            self.lines[id_] = lines or []

    def open(self, branch: str, title: str, body: str = "", *, by: str = "alice") -> int:
        """Somebody opens a pull request of a branch; its number."""
        with self._lock:
            _, told = self._opened({"head": branch, "base": "main", "title": title, "body": body})
            self.pulls[told["number"]]["user"] = {"login": by}
            return int(told["number"])

    def comment(self, number: int, body: str, *, by: str = "alice", association: str = "MEMBER",
                kind: str = "User") -> None:  # fmt: skip
        """Somebody says something in the conversation of a pull request."""
        with self._lock:
            self._spoken(self.talk, number, body, by=by, association=association, kind=kind)

    def close(self, number: int, by: str = "alice", said: str = "") -> None:
        """Somebody closes a pull request without merging it."""
        with self._lock:
            self.pulls[number] |= {"state": "closed", "closed_by": {"login": by}}
            if said:
                self._spoken(self.talk, number, said, by=by)

    def merge(self, number: int, by: str = "alice", method: str = "squash", message: str = "") -> str:
        """Somebody merges a pull request; the commit."""
        with self._lock:
            pull = self.pulls[number]
            branch, base = pull["head"]["ref"], pull["base"]["ref"]

            def change(folder: Path) -> None:
                theirs = f"origin/{branch}"
                if method == "rebase":
                    git(folder, "checkout", "-q", "--detach", theirs)
                    git(folder, "rebase", "-q", base)
                    git(folder, "checkout", "-q", "-B", base, "HEAD")
                elif method == "merge":
                    git(folder, "merge", "-q", "--no-ff", "-m", message or f"Merge #{number}", theirs)
                else:
                    git(folder, "merge", "-q", "--squash", theirs)
                    git(folder, "commit", "-q", "-m", message or f"Squash (#{number})")

            self._in_clone(base, change)
            sha = self.head(base)
            pull |= {"state": "closed", "merged": True, "merged_by": {"login": by}, "merge_commit_sha": sha}
            return sha

    def answer(self, method: str, path: str, headers: Mapping[str, str], sent: bytes) -> Answer | None:
        """What the API answers."""
        if not path.startswith(API):
            return None
        with self._lock:
            split = urlsplit(path.removeprefix(API))
            short = split.path.removeprefix("/repos/acme/shop")
            self.asked.append(f"{method} {short}")
            self.authorizations.add(headers.get("Authorization", ""))
            fault = next((one for one in self.faults if one.of in f"{method} {short}" and one.times), None)
            if fault is not None:
                fault.times -= 1
                if not fault.after:
                    return fault.status, {"Content-Type": "application/json", **fault.headers}, fault.body.encode()
            status, told = self._told(method, short, split, headers, json.loads(sent) if sent else {})
            if fault is not None:
                return fault.status, fault.headers, fault.body.encode()
            query = parse_qs(split.query)
            if isinstance(told, list) and "page" in query:
                size, page = int(query["per_page"][0]), int(query["page"][0])
                told = told[size * (page - 1) : size * page]
            body = json.dumps(told).encode()
            tag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
            if method == "GET" and headers.get("If-None-Match") == tag:
                self.unchanged += 1
                return 304, {"ETag": tag}, b""
            return status, {"ETag": tag, "Content-Type": "application/json"}, body

    def _told(self, method: str, path: str, split: Any, headers: Mapping[str, str], sent: dict[str, Any]) -> Any:
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"message": "Bad credentials"}
        if not split.path.startswith("/repos/acme/shop"):
            return 404, {"message": "Not Found"}
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        for pattern, give in self._routes(query, sent).items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return give(*map(int, found.groups()))
        return 404, {"message": "Not Found"}

    def _routes(self, query: dict[str, str], sent: dict[str, Any]) -> dict[str, Callable[..., tuple[int, Any]]]:
        return {
            "GET ": lambda: (200, self._repository()),
            "GET /pulls": lambda: (200, self._listed(query)),
            "POST /pulls": lambda: self._opened(sent),
            r"GET /pulls/(\d+)": self._one,
            r"PATCH /pulls/(\d+)": lambda number: (200, self._edited(number, sent)),
            r"PUT /pulls/(\d+)/merge": lambda number: self._merged(number, sent),
            r"GET /pulls/(\d+)/reviews": lambda number: (200, self.reviews.get(number, [])),
            r"GET /pulls/\d+/reviews/(\d+)/comments": lambda review: (200, self.lines[review]),
            r"GET /issues/(\d+)": lambda number: (200, {"closed_by": self.pulls[number].get("closed_by")}),
            r"GET /issues/(\d+)/comments": lambda number: (200, self.talk.get(number, [])),
            r"POST /issues/(\d+)/comments": lambda number: (201, self._spoken(self.talk, number, sent["body"])),
            r"GET /pulls/(\d+)/comments": lambda number: (200, self.said.get(number, [])),
            r"POST /pulls/(\d+)/comments": lambda number: self._on_lines(number, sent),
            r"POST /pulls/(\d+)/reviews": lambda number: self._judged(number, sent),
            r"POST /pulls/\d+/requested_reviewers": lambda: self._asked_for(sent),
            r"GET /pulls/(\d+)/files": lambda number: (200, self._files(number)),
            "GET /commits/[0-9a-f]+/check-runs": lambda: (200, {"check_runs": self.check_runs}),
            "GET /commits/[0-9a-f]+/status": lambda: (200, {"state": "pending", "total_count": 0}),
        }

    def _spoken(self, where: dict[int, list[dict[str, Any]]], number: int, body: str, *, by: str = "loom-bot",
                association: str = "OWNER", kind: str = "User", **more: Any) -> dict[str, Any]:  # fmt: skip
        id_ = 5000 + sum(map(len, (*self.talk.values(), *self.said.values())))
        one = {
            "id": id_, "body": body, "author_association": association, "user": {"login": by, "type": kind}, **more,
            "html_url": f"http://{self.site}/acme/shop/pull/{number}#comment-{id_}",
        }  # fmt: skip
        where.setdefault(number, []).append(one)
        return one

    def _on_lines(self, number: int, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if sent["path"] not in {one["filename"] for one in self._files(number)}:
            return 422, _invalid({"resource": "PullRequestReviewComment", "field": "path", "code": "invalid"})
        more = {name: sent[name] for name in ("path", "line", "side", "subject_type", "commit_id") if name in sent}
        return 201, self._spoken(self.said, number, sent["body"], **more)

    def _judged(self, number: int, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self._shown(number)["user"]["login"] == "loom-bot" and sent["event"] != "COMMENT":
            word = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}[sent["event"]]
            return 422, {"message": "Unprocessable Entity", "errors": [f"Can not {word} your own pull request"]}
        state = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}[sent["event"]]
        self.review(number, state, sent["body"], by="loom-bot", association="OWNER")
        one = self.reviews[number][-1]
        one["html_url"] = f"http://{self.site}/acme/shop/pull/{number}#review-{one['id']}"
        return 200, one

    def _asked_for(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        names = [*sent.get("reviewers", []), *(f"team {name}" for name in sent.get("team_reviewers", []))]
        if "nobody" in names:
            return 422, {"message": "Reviews may only be requested from collaborators."}
        self.wanted_reviewers += [name for name in names if name not in self.wanted_reviewers]
        return 201, {"requested_reviewers": [{"login": name} for name in self.wanted_reviewers]}

    def _files(self, number: int) -> list[dict[str, Any]]:
        pull = self._shown(number)
        said = git(self.bare, "diff", "--no-color", f"{pull['base']['ref']}...{pull['head']['sha']}")
        return [_file(part) for part in re.split(r"(?m)^diff --git ", said)[1:]]

    def _one(self, number: int) -> tuple[int, dict[str, Any]]:
        return (200, self._shown(number)) if number in self.pulls else (404, {"message": "Not Found"})

    def _edited(self, number: int, sent: dict[str, Any]) -> dict[str, Any]:
        self.pulls[number] |= {name: sent[name] for name in ("title", "body") if name in sent}
        return self._shown(number)

    def _repository(self) -> dict[str, Any]:
        return {
            "full_name": "acme/shop", "archived": False, "permissions": {"push": self.may_push, "pull": True},
            "allow_merge_commit": "merge" in self.methods, "allow_squash_merge": "squash" in self.methods,
            "allow_rebase_merge": "rebase" in self.methods,
        }  # fmt: skip

    def _listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        wanted = query.get("head", "").partition(":")[2]
        found = [self._shown(number) for number in self.pulls]
        return [
            one for one in found
            if one["state"] == query.get("state", "open") and one["head"]["ref"] == wanted
        ]  # fmt: skip

    def _opened(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        branch, base = sent["head"], sent["base"]
        if not self.head(branch):
            return 422, _invalid({"resource": "PullRequest", "field": "head", "code": "invalid"})
        if any(one["head"]["ref"] == branch and one["state"] == "open" for one in self.pulls.values()):
            return 422, _invalid({"message": f"A pull request already exists for acme:{branch}."})
        if not git(self.bare, "log", "--format=%H", f"{base}..{branch}").strip():
            return 422, _invalid({"message": f"No commits between {base} and {branch}"})
        number = len(self.pulls) + 1
        self.pulls[number] = {
            "number": number, "title": sent["title"], "body": sent["body"], "state": "open", "merged": False,
            "html_url": f"http://{self.site}/acme/shop/pull/{number}", "head": {"ref": branch, "sha": ""},
            "base": {"ref": base}, "merged_by": None, "merge_commit_sha": None, "draft": sent.get("draft", False),
        }  # fmt: skip
        return 201, self._shown(number)

    def _shown(self, number: int) -> dict[str, Any]:
        pull = self.pulls[number]
        if pull["state"] == "open":
            pull["head"]["sha"] = self.head(pull["head"]["ref"]) or pull["head"]["sha"]
            pull["state"] = "open" if self.head(pull["head"]["ref"]) else "closed"
        pull = {"user": {"login": "loom-bot"}, "author_association": self.association} | pull
        return pull | {"mergeable_state": self.state if pull["state"] == "open" else "unknown"}

    def _merged(self, number: int, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        pull, method = self._shown(number), sent.get("merge_method", "merge")
        if pull["state"] != "open" or self.state != "clean":
            return 405, {"message": "Pull Request is not mergeable"}
        if method not in self.methods:
            return 405, {"message": f"{method.capitalize()} merges are not allowed on this repository."}
        if sent.get("sha") != pull["head"]["sha"]:
            return 409, {"message": "Head branch was modified. Review and try the merge again."}
        message = "\n\n".join(sent[name] for name in ("commit_title", "commit_message") if sent.get(name))
        sha = self.merge(number, "loom-bot", method, message)
        return 200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}

    def _in_clone(self, branch: str, change: Callable[[Path], None]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            git(Path(folder), "clone", "-q", "-b", branch, str(self.bare), "clone")
            clone = Path(folder) / "clone"
            git(clone, "config", "user.name", "Alice")
            git(clone, "config", "user.email", "alice@example.invalid")
            change(clone)
            git(clone, "push", "-q", "origin", f"HEAD:{branch}")


def _file(part: str) -> dict[str, Any]:
    patch = re.search(r"(?ms)^@@ .*", part)
    lines = patch[0].rstrip("\n") if patch else ""
    kinds = (("new file mode", "added"), ("deleted file", "removed"))
    return {
        "filename": part.splitlines()[0].split(" b/")[-1],
        "status": next((kind for mark, kind in kinds if mark in part), "modified"),
        "additions": len(re.findall(r"(?m)^\+", lines)), "deletions": len(re.findall(r"(?m)^-", lines)),
        **({"patch": lines} if lines else {}),
    }  # fmt: skip


def _invalid(error: dict[str, str]) -> dict[str, Any]:
    return {"message": "Validation Failed", "errors": [error]}
