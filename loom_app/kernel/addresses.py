"""Which network addresses Loom calls: one rule for providers, webhooks and all else people give addresses of."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "instance-data"}
)
NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host under another name
        "169.254.0.0/16",  # link-local, where clouds answer with credentials
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.192/32",  # Oracle's metadata
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::/32",  # Amazon's metadata over IPv6
        "ff00::/8",
    )
)
NOT_GLOBAL = tuple(ip_network(network) for network in ("192.88.99.0/24", "fec0::/10", "64:ff9b:1::/48"))
"""Reserved as well, though Python takes some of them for addresses of the world."""
NAT64 = ip_network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)
LOCAL_ENDS = (".localhost", ".local", ".internal")


def refusal(address: Address, *, private_allowed: bool) -> str | None:
    """Why no request may go to `address`, or None when it may."""
    for each in (address, *embedded(address)):
        if any(each in network for network in NEVER):
            return f"{address} is a link-local, metadata or otherwise reserved address, which Loom never calls"
        if not private_allowed and not _is_of_the_world(each):
            return f"{address} is in a private network"
    return None


def literal_address(host: str) -> Address | None:
    """The address `host` spells out, in any notation the system's resolver takes; None for a name."""
    bare = host.rstrip(".").split("%", 1)[0]
    try:
        return ip_address(bare)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def name_refusal(host: str, *, private_allowed: bool) -> str | None:
    """Why no request may go to `host`, as far as that shows without asking the network; None when it may."""
    name = host.rstrip(".").lower()
    if name in METADATA_NAMES:
        return f"{host} is a cloud's metadata service, which Loom never calls"
    address = literal_address(host)
    if address is not None:
        return refusal(address, private_allowed=private_allowed)
    if not private_allowed and (name == "localhost" or name.endswith(LOCAL_ENDS)):
        return f"{host} is in a private network"
    return None


def _is_of_the_world(address: Address) -> bool:
    return address.is_global and not any(address in network for network in NOT_GLOBAL)


def embedded(address: Address) -> list[Address]:
    """IPv4 addresses that an IPv6 transition form reaches."""
    if isinstance(address, IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    low, above = IPv4Address(int(address) & 0xFFFFFFFF), int(address) >> 32
    if address in NAT64 or (above == 0 and int(address) > 1) or above & 0xFFFFFFFF in ISATAP:
        found.append(low)
    return [each for each in found if each is not None]
