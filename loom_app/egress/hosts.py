"""Which hosts may be reached: patterns such as pypi.org:443 and *.npmjs.org:443."""

import re
from collections.abc import Sequence

from loom_app.kernel.addresses import METADATA_NAMES, literal_address
from loom_app.kernel.errors import Invalid

MOST_HOSTS = 100
LONGEST = 260
HTTPS = 443
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL}){{0,20}}")
PATTERN = re.compile(rf"(?P<any>\*\.)?(?P<name>{LABEL}(?:\.{LABEL}){{0,20}})(?::(?P<port>\d{{1,5}}))?")
EXAMPLES = "Write a name with its port, such as pypi.org:443 or *.npmjs.org:443."


def checked_host(pattern: str) -> str:
    """`pattern` in lower case and with its port, 443 where it names none. Raises Invalid for what names no host.

    A star in front stands for one or more labels: *.npmjs.org is registry.npmjs.org, but not npmjs.org.
    """
    text = pattern.strip().lower()
    found = PATTERN.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise _invalid(pattern, "is no name of a host")
    name, port = found["name"], int(found["port"] or HTTPS)
    if literal_address(name) or name.rpartition(".")[2].isdigit():
        raise _invalid(pattern, "is an address, and hosts are allowed by their names")
    if "." not in name:
        raise _invalid(pattern, "would be too many hosts" if found["any"] else "is a name of one's own network")
    if name in METADATA_NAMES:
        raise _invalid(pattern, "is a cloud's metadata service, which nothing calls")
    if not 1 <= port <= 65535:
        raise _invalid(pattern, "has no port from 1 to 65535")
    return f"{found['any'] or ''}{name}:{port}"


def named(host: str) -> str | None:
    """A host's name as patterns have it; None for what is none, an address included."""
    bare = host.lower().removesuffix(".")
    if len(bare) > LONGEST or not NAME.fullmatch(bare) or literal_address(bare):
        return None
    return bare


def allows(patterns: Sequence[str], host: str, port: int) -> bool:
    """Whether one of the checked `patterns` speaks of this port of a host, which is named as `named` does."""
    whole = f"{host}:{port}"
    return any(_fits(pattern, whole) for pattern in patterns)


def _fits(pattern: str, whole: str) -> bool:
    return whole.endswith(pattern[1:]) if pattern.startswith("*.") else whole == pattern


def _invalid(pattern: str, why: str) -> Invalid:
    return Invalid(f"{pattern[:100]!r} {why}. {EXAMPLES}", code="bad_network_host")
