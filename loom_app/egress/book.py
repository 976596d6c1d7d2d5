"""What a command asked of the network, and what became of it: the evidence that its result carries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

MOST_CONTACTS = 50
MOST_NAMED = 10


@dataclass
class Contact:
    """One host that was asked for; `refused` says why it was not reached, and is empty where it was.

    `address` is the one connected to last; `sent` and `received` are bytes as the command sees them.
    """

    host: str
    port: int
    refused: str = ""
    address: str = ""
    times: int = 0
    sent: int = 0
    received: int = 0


class Book:
    """The contacts of one command, the first MOST_CONTACTS of them; `left_out` counts the rest."""

    def __init__(self) -> None:
        self._contacts: dict[tuple[str, int, str], Contact] = {}
        self.left_out = 0

    def note(self, host: str, port: int, refused: str = "", address: str = "") -> Contact:
        """The contact for one more connection, or attempt at one."""
        key = (host, port, refused)
        contact = self._contacts.get(key) or Contact(host, port, refused)
        if key in self._contacts or len(self._contacts) < MOST_CONTACTS:
            self._contacts[key] = contact
        else:
            self.left_out += 1
        contact.times += 1
        contact.address = address or contact.address
        return contact

    def told(self) -> list[dict[str, Any]]:
        """The contacts as plain data, in the order in which they were made first."""
        found = [asdict(contact) for contact in self._contacts.values()]
        more = {"host": "", "port": 0, "refused": f"{self.left_out} more are left out here.", "times": self.left_out}
        return [*found, more] if self.left_out else found


def in_words(contacts: Sequence[dict[str, Any]]) -> str:
    """The contacts in a line or two, refusals first and with their reasons; empty where there were none."""
    refused = [contact for contact in contacts if contact["refused"]]
    reached = [contact for contact in contacts if not contact["refused"]]
    lines = [f"Refused {_place(contact)}: {contact['refused']}" for contact in refused[:MOST_NAMED]]
    if reached:
        received = sum(contact["received"] for contact in reached)
        lines.append(f"Reached {', '.join(map(_place, reached[:MOST_NAMED]))} ({received:,} bytes received).")
    return "\n".join(lines)


def _place(contact: dict[str, Any]) -> str:
    named = f"{contact['host']}:{contact['port']}" if contact["host"] else "others"
    return f"{named} ({contact['times']} times)" if contact["times"] > 1 else named
