"""The keys hosts prove themselves by."""

import re
from contextlib import suppress
from dataclasses import dataclass

from loom_app.git.keys import fingerprint
from loom_app.kernel.errors import Invalid

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,252}|\[[A-Za-z0-9:][\w.:-]{0,252}\]:\d{1,5}")
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


@dataclass(frozen=True)
class HostKey:
    """One key of a host; `host` as files of known hosts have it: `name`, or `[name]:port` away from port 22."""

    host: str
    kind: str
    key: str

    @property
    def line(self) -> str:
        """The line of a file of known hosts."""
        return f"{self.host} {self.kind} {self.key}"

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`, as sites publish it."""
        return fingerprint(f"{self.kind} {self.key}")


def host_key(host: str, text: str) -> HostKey:
    """The key `text` (type, then base64) of `host`. Raises Invalid for what is none."""
    kind, _, key = " ".join(text.split()[:2]).partition(" ")
    if not NAME.fullmatch(host):
        raise Invalid(f"{host!r} is no host. Write its name, or [name]:port for a port of its own.", code="bad_host")
    try:
        if kind not in KINDS:
            raise ValueError("an unknown type")
        fingerprint(f"{kind} {key}")
    except ValueError as error:
        raise Invalid(
            "This is no public key of a host. Write its type and base64 as `ssh-keyscan` prints them after the name: "
            f"{', '.join(KINDS)}.",
            code="bad_host_key",
        ) from error
    return HostKey(host, kind, key)


def read_known_hosts(text: str) -> tuple[HostKey, ...]:
    """The keys of a file of known hosts as ssh writes it for us, names in the open; those of odd types are left out."""
    found = []
    for line in text.splitlines():
        host, _, key = line.partition(" ")
        with suppress(Invalid):
            found.append(host_key(host, key))
    return tuple(found)


PUBLISHED = read_known_hosts("""\
github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
github.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=
gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf
gitlab.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFSMqzJeV9rUzU4kWitGjeR4PWSa29SPqJ1fVkhtj3Hw9xjLVXVYrU9QlYWrOLXBpQ6KWjbjTDTdDkoohFzgbEY=
bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO
codeberg.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVIC02vnjFyL+I4RHfvIGNtOgJMe769VTF1VR4EB3ZB
""")  # noqa: E501
"""What the big sites publish of themselves; a project that names other keys for such a host is believed instead."""


def believed(pinned: tuple[HostKey, ...], host: str) -> tuple[HostKey, ...]:
    """The keys `host` may show: the project's own, else those published; none at all for a host nobody has met."""
    own = tuple(key for key in pinned if key.host == host)
    return own or tuple(key for key in PUBLISHED if key.host == host)
