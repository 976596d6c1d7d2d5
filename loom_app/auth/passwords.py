"""Passwords: what is accepted as one, and argon2id hashes of them made and checked off the event loop."""

import asyncio
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from passlib.hash import argon2

from loom_app.auth.common_passwords import common_passwords
from loom_app.kernel.errors import Invalid

SHORTEST, LONGEST = 8, 128
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
CONTEXT_WORDS = ("loom", "loomloom")

argon2.set_backend("argon2_cffi")  # at once: two threads that have it loaded at their first use get in each other's way
_hasher = argon2.using(type="ID", memory_cost=MEMORY_KIB, time_cost=PASSES, parallelism=LANES)
_present_form = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
_ends = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# Two at a time: a flood of sign-ins must take neither every core nor 19 MiB for each request.
_threads = ThreadPoolExecutor(2, thread_name_prefix="password")


def check_length(password: str) -> None:
    """Raises Invalid (code `password_refused`) unless `password` has SHORTEST to LONGEST characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused(f"has {len(password)} characters; it must have {SHORTEST} to {LONGEST}")
    try:
        password.encode()
    except UnicodeEncodeError as error:
        raise _refused("holds something that is not text") from error


def weakness(password: str, username: str, email: str = "") -> str:
    """What makes `password` easy to guess, as the end of a sentence; empty when nothing we know of does."""
    folded = _composed(password).casefold()
    if folded in common_passwords(SHORTEST) or len(set(folded)) == 1:
        return "is among the first that anybody would try"
    words = {word for word in (username.casefold(), *_parts(email.casefold()), *CONTEXT_WORDS) if word}
    if folded in words or _ends.sub("", folded) in {_ends.sub("", word) for word in words} - {""}:
        return "is little more than the user name, the e-mail address or the name of this program"
    return ""


async def accept(password: str, username: str, email: str = "") -> str:
    """The hash of a new `password` of `username`. Raises Invalid (code `password_refused`) for one that will not do."""
    check_length(password)
    fault = await asyncio.get_running_loop().run_in_executor(_threads, weakness, password, username, email)
    if fault:
        raise _refused(fault)
    return await hashed(password)


async def nobody_knows() -> str:
    """The hash of a password that is told to nobody, for accounts that do not have one yet."""
    return await hashed(secrets.token_urlsafe(32))


async def hashed(password: str) -> str:
    """The argon2id hash of `password`, salted, in its usual text form."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _composed(password))


async def matches(password: str, stored: str | None) -> bool:
    """Whether `stored` is a hash of `password`. None takes as long and is always False."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, stored)


def outdated(stored: str) -> bool:
    """Whether `stored` was made with other parameters than today's and should be made anew."""
    return not stored.startswith(_present_form)


def _verify(password: str, stored: str | None) -> bool:
    nobodys = _nobodys()
    try:
        fits = bool(_hasher.verify(_composed(password), nobodys if stored is None else stored))
    except ValueError:  # what the row holds is no argon2 hash, or the password no text
        return False
    return fits and stored is not None


@cache
def _nobodys() -> str:
    """A hash that stands for the user who does not exist."""
    return str(_hasher.hash("nobody"))


def _composed(password: str) -> str:
    """One form for what keyboards compose differently, so that a password fits on every machine."""
    return unicodedata.normalize("NFC", password)


def _parts(email: str) -> tuple[str, ...]:
    """The address, who it is, where it is, and that without its ending."""
    name, _, domain = email.partition("@")
    return email, name, domain, domain.rpartition(".")[0]


def _refused(fault: str) -> Invalid:
    return Invalid(f"The password {fault}. Choose another; a few unrelated words do well.", code="password_refused")
