"""Addresses and branch names that git may be given: nothing that could become an option, a command or a path."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from loom_app.kernel.errors import Forbidden, Invalid
from loom_app.kernel.redaction import scrub

REMOTE_FORM = re.compile(
    r"(https?|ssh|git)://([\w.~%+-]+(:[^\s/@]*)?@)?(\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[^\s\x00-\x1f]*)?"
    r"|file:///[^\x00-\x1f]+|\w[\w.-]*@\w[\w.-]*:[^\s\x00-\x1f]+|/[^\x00-\x1f]+"
)
WITH_PASSWORD = re.compile(r"https?://[^/?#]*@|[\w+.-]+://[^/@]*:[^@]*@|(?![\w+.-]+://)[^/:@\s]+:[^@]+@[^:]+:")
"""Also a name alone before an http address: nobody can tell it from a token."""
HEADS = "refs/heads/"
BRANCH_FORM = re.compile(
    r"(?![-./])(?!(@|HEAD)$)(?!.*(\.\.|//|@\{|\.lock(/|$)|/\.|\.$|/$))[^\s~^:?*\[\\\x00-\x1f\x7f\ud800-\udfff]{1,200}"
)


def checked_remote(address: str) -> str:
    """`address` when git may be given it. Raises Invalid for options, odd protocols, passwords, control characters."""
    if WITH_PASSWORD.match(address) or scrub(address) != address:
        raise Invalid(
            "git_repo holds a password or token (user:…@, …@ or ?token=…), which everybody who sees the project would "
            "see. Leave it out of the address and save it as the project's sign-in (git-login), kept sealed, or "
            "use an ssh:// address with the project's own key.",
            code="password_in_git_repo",
        )
    if address and not REMOTE_FORM.fullmatch(address):
        raise Invalid(
            f"git_repo {address!r} is not an address Loom clones from. Use https://, ssh://, git@host:path "
            "or the absolute path of a repository on this machine.",
            code="bad_git_repo",
        )
    return address


def checked_branch(name: str) -> str:
    """`name` when it is a legal branch name. Raises Invalid."""
    if not BRANCH_FORM.fullmatch(name):
        raise Invalid(f"branch {name!r} is not a legal git branch name.", code="bad_branch")
    return name


def checked_pattern(pattern: str) -> str:
    """`pattern` when it is a branch name in which * may stand for anything, and leaves runs their own branches.

    Raises Invalid.
    """
    checked_branch(pattern.replace("*", "x"))
    if fnmatchcase(branch_name("bead", "work"), pattern):
        raise Invalid(f"{pattern!r} would protect the branches runs work on, agent/….", code="bad_pattern")
    return pattern


def refuse_protected(name: str, patterns: Iterable[str]) -> None:
    """Raises Forbidden when `name` fits one of `patterns`, in which * stands for anything, as in release/*."""
    pattern = next((pattern for pattern in patterns if fnmatchcase(name, pattern)), None)
    if pattern is not None:
        raise Forbidden(
            f"The branch {name} is protected ({pattern}): agents neither push to it nor delete it. Work on a branch of "
            "your own; it is merged when it is done.",
            code="protected_branch",
        )


def branch_name(bead_id: str, title: str) -> str:
    """`agent/<bead>/<slug>`, at most 72 characters, only of letters git and people like."""
    bead = re.sub(r"[^A-Za-z0-9_-]+", "-", bead_id).strip("-") or "bead"
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].rstrip("-") or "work"
    return f"agent/{bead[:24]}/{slug}"[:72].rstrip("-/")
