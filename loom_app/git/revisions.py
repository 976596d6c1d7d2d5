"""Which commit a name that somebody sent stands for."""

import re
from pathlib import Path

from loom_app.git.names import BRANCH_FORM, HEADS
from loom_app.git.runner import attempt
from loom_app.kernel.errors import Invalid, NotFound

COMMIT = re.compile(r"[0-9a-fA-F]{4,64}")
PLACES = (HEADS, "refs/remotes/origin/", "refs/tags/")


async def commit_of(folder: Path, name: str) -> str:
    """The commit that the branch, tag or (shortened) commit id `name` stands for, in that order.

    Raises Invalid for what is no name, such as options and `HEAD@{1}`, and NotFound.
    """
    if not BRANCH_FORM.fullmatch(name):
        raise Invalid(f"{name[:100]!r} is neither a branch nor a tag nor the id of a commit.", code="bad_ref")
    tries = [f"{place}{name}" for place in PLACES] + ([name] if COMMIT.fullmatch(name) else [])
    for one in tries:
        found = await attempt("rev-parse", "--verify", "--quiet", "--end-of-options", f"{one}^{{commit}}", cwd=folder)
        if found.code == 0:
            return found.stdout.strip()
    raise NotFound(f"The repository has no branch, tag or commit {name[:100]!r}.", code="no_such_ref")
