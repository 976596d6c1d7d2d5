"""What git complains of, in words for people: what is wrong and how to mend it."""

import re
from dataclasses import dataclass

from loom_app.git.output import Output
from loom_app.kernel.redaction import scrub

FIRST = ("error:", "fatal:", "remote: error:", "ERROR:", "CONFLICT")
NOISE = ("hint:", "Warning: Permanently added", "Everything up-to-date")
LONGEST = 500


@dataclass(frozen=True)
class Complaint:
    """A machine word and a sentence."""

    code: str
    sentence: str


KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"No space left on device|Disk quota exceeded",
        "disk_full",
        "there is no space left on the disk, so nothing of it was kept. Free some, or have Loom keep its data on a "
        "larger disk (LOOM_DATA_DIR); Loom tries again by itself.",
    ),
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed",
        "host_key_changed",
        "its host showed another key ({fingerprint}) than the one known of it, so nothing was sent. If its owners have "
        "announced a new key, accept that on the project's known hosts; if not, somebody may be in between.",
    ),
    (
        r"marked as read.only|deploy key.{0,60}(write|push)|not allowed to (push|upload)|denied to |"
        r"insufficient permission|unable to create temporary object directory",
        "not_allowed_to_write",
        "it may be read but not written. Give the project's key or login write access there: on GitHub tick “Allow "
        "write access” of the deploy key, on GitLab “Grant write permissions to this key”.",
    ),
    (
        r"protected branch|GH00[0-9]|pre-receive hook declined|remote rejected",
        "push_declined",
        "it declined the push by a rule of its own: {said} Let the project’s key or login pass that rule there, or set "
        "the project’s git_strategy to branch-pr, so that work comes on branches to be merged there.",
    ),
    (
        r"Permission denied \(|Load key|Too many authentication failures",
        "wrong_key",
        "it does not know the key we came with. Add the project's public key there as a deploy key with write access.",
    ),
    (
        r"Authentication failed|could not read (Username|Password)|Access denied|error: 40[13]|prompts disabled",
        "wrong_login",
        "it wants a login and did not take ours. Save a user name with a fresh token for the project.",
    ),
    (
        r"[Rr]epository .{0,300}not found|does not appear to be a git repository|remote: Not Found|"
        r"error: 404|No such file or directory|repository .{0,300}does not exist",
        "no_such_repository",
        "there is no such repository, or none that our key or login may see. Check git_repo and that access was given.",
    ),
    (
        r"Could not resolve host|Connection (refused|timed out|reset|closed)|No route to host|Network is unreachable|"
        r"Failed to connect|Could not connect|Operation timed out|unable to connect|Couldn't connect|unexpectedly",
        "remote_gone",
        "its host does not answer. Check the address and the network; Loom tries again by itself.",
    ),
    (
        r"non-fast-forward|fetch first|stale info",
        "not_fast_forward",
        "others have pushed in between. Fetch, put the work on top of theirs and push again.",
    ),
)
"""What git says, the code and the sentence; the first that fits."""
FINGERPRINT = re.compile(r"SHA256:[\w+/]{43}")


def complaint_of(output: Output) -> Complaint:
    """What a failed command complained of; git's own words where we have none."""
    heard = output.stderr + output.stdout
    own = said(output)
    for pattern, code, sentence in KNOWN:
        if re.search(pattern, heard, re.DOTALL):
            shown = FINGERPRINT.search(heard)
            return Complaint(code, sentence.format(said=own, fingerprint=shown[0] if shown else "unnamed"))
    return Complaint("git_failed", own)


def explained(output: Output) -> str:
    """The sentence of the complaint, and behind it what git said."""
    complaint, own = complaint_of(output), said(output)
    return complaint.sentence if own in complaint.sentence else f"{complaint.sentence} (git: {own})"


def said(output: Output) -> str:
    """What git said, from its first complaint on and without its hints."""
    heard = [line.strip() for line in (output.stderr.strip() or output.stdout).splitlines()]
    lines = [line for line in heard if line and not line.startswith(NOISE)]
    first = next((place for place, line in enumerate(lines) if line.startswith(FIRST)), 0)
    return scrub(" ".join(lines[first:]))[:LONGEST] or "no reason given"
