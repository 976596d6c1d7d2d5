"""The repository of the sample project, whose first commit is the sample as it is."""

import asyncio
import shutil

from loom_app.demo.script import SAMPLE
from loom_app.git.checkout import LOOM, Checkout
from loom_app.git.runner import attempt, git

FIRST_COMMIT = """Potluck 0.1

A small library for recipes that stretch to however many friends turn up.
Half of it works; .beads/issues.jsonl says what is missing.
"""


async def ensure_sample(checkout: Checkout) -> None:
    """Makes the repository, or completes one whose making was interrupted; a complete one is left as it is.

    Raises GitFailed when git cannot do it, or when the repository was there once and is gone.
    """
    async with checkout.locked():
        await checkout.ensure()
        if (await attempt("cat-file", "-e", "HEAD:potluck", cwd=checkout.folder)).code == 0:
            return
        await asyncio.to_thread(_copy, checkout)
        await git("add", "--all", cwd=checkout.folder)
        await git(*LOOM, "commit", "--amend", "-m", FIRST_COMMIT, cwd=checkout.folder)


def _copy(checkout: Checkout) -> None:
    shutil.copytree(SAMPLE, checkout.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
