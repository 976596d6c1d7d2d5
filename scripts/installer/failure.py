"""What can go wrong, each as one sentence: what, where, how to mend it."""

import re
from collections.abc import Sequence

_DISK = re.compile(r"No space left on device|ENOSPC|os error 28|Disk quota exceeded", re.IGNORECASE)
_NETWORK = re.compile(
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname|ENOTFOUND|EAI_AGAIN"
    r"|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ConnectionRefused|Connection refused|FailedToOpenSocket|dns error"
    r"|Failed to establish a new connection|error sending request|Network is unreachable|ConnectTimeout"
    r"|operation timed out|Read timed out",
    re.IGNORECASE,
)
_HASHES = re.compile(r"DO NOT MATCH THE HASHES|hash mismatch|integrity check failed|EINTEGRITY", re.IGNORECASE)
_MEMORY = re.compile(r"Cannot allocate memory|MemoryError|JavaScript heap out of memory", re.IGNORECASE)
_RIGHTS = re.compile(r"Permission denied|EACCES|Read-only file system", re.IGNORECASE)
TAIL = 15


class SetupFailed(Exception):
    """The set-up cannot go on; the message is what to tell the person."""


def explain(what: str, status: int, output: Sequence[str], where: str) -> str:
    """Why a command that was to do `what` in the folder `where` ended with `status`, from what it printed."""
    text = "\n".join(output)
    if _DISK.search(text):
        return f"{what} failed: the disk of {where} (or of your home, or /tmp) is full. Free 3 GB and run make again."
    if _NETWORK.search(text):
        return (
            f"{what} failed: the network went away or a package registry did not answer. "
            "Check the connection (and HTTPS_PROXY or PIP_INDEX_URL, if you use them) and run make again."
        )
    if _HASHES.search(text):
        return (
            f"{what} failed: a download is not the file that the lock file names. Run make again; "
            "if that does not help, a proxy or mirror on the way changes packages."
        )
    if status in (-9, 137) or _MEMORY.search(text):
        return (
            f"{what} was killed, most likely for lack of memory: it needs 1.5 GB. Close something and run make again."
        )
    if _RIGHTS.search(text):
        return (
            f"{what} failed: no right to write in {where}. Give yourself that right (chown, chmod) and run make again."
        )
    tail = "\n".join(f"    {line}" for line in output[-TAIL:])
    return f"{tail}\n{what} failed with status {status} in {where}; above is the last it said."
