"""The steps in the repository: fetched, first files, first commit."""

import asyncio
import json
import re

from loom_app.beadfiles.following import prefix_of
from loom_app.beadfiles.jsonl import parse
from loom_app.bootstrap import prd
from loom_app.bootstrap.work import Done, Waits, Work
from loom_app.git.checkout import LOOM, Checkout
from loom_app.git.places import place_of
from loom_app.git.runner import GitFailed, attempt, git
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.errors import LoomError
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync, Project
from loom_app.projects.schemas import ProjectChange
from loom_app.sandbox.workspace import Workspace

SETTINGS = "settings.json"
BY_KEY = ("wrong_key", "no_such_repository")
"""What a site says over SSH to whom it does not know; a deploy key mends it."""
AWAY = "remote_gone"
MENDS = {
    "wrong_login": "Save a user name with a token for the project, or change its git_repo, then try again.",
    "no_such_repository": "Correct the project’s git_repo, or make the repository there, then try again.",
    "no_such_branch": "Push that branch, or change the project’s branch, then try again.",
    "git_transfer_too_large": "Name a smaller repository as the project’s git_repo, then try again.",
    "disk_full": "Free space on Loom’s disk, then try again.",
    "host_key_changed": "If its owners announced the new key, accept it on the project’s known hosts, then try again.",
}
"""What a person does about a clone that failed, by the complaint's code."""
MOST_BEAD_FILE = 100_000_000


async def fetch(work: Work) -> Done:
    """The repository, cloned, or made where there is no address."""
    project, checkout = await work.checkout()
    async with checkout.locked():
        try:
            problem = await checkout.ensure()
        except GitFailed as error:
            raise _explained(project, error) from error
        head = await _head(checkout, problem)
        commits = (await git("rev-list", "--count", head, cwd=checkout.folder)).strip()
    how = f"cloned from {project.git_repo}" if project.git_repo else "made by Loom"
    return Done(f"{how}; {project.branch} has {commits} commit{'' if commits == '1' else 's'}", problem)


async def write_structure(work: Work) -> Done:
    """The PRD and the settings as files of the repository."""
    project, checkout = await work.checkout()
    async with checkout.locked():
        kept = await asyncio.to_thread(_write_structure, checkout, project, work.prd)
    return Done(f"{prd.PLACE} and {SETTINGS}" + (f"; the {SETTINGS} that was there stays" if kept else ""))


async def write_bead_file(work: Work) -> Done:
    """The bead file: begun empty, or the one that is there, after which new beads are called."""
    project, checkout = await work.checkout()
    async with checkout.locked():
        found = await asyncio.to_thread(_write_bead_file, checkout, _bead_file(project))
    known = len(parse(found).lines)
    prefix = prefix_of(found) or _prefix(project.name)
    async with work.db.write() as tx:
        await projects.update(tx, work.project_id, ProjectChange(bead_prefix=prefix), actor=SYSTEM)
    told = f"{known} beads of the repository are taken over" if known else "begun"
    return Done(f"{_bead_file(project)}: {told}; new beads are called {prefix}-…")


async def commit(work: Work) -> Done:
    """The first commit, delivered where that is allowed; from then on Loom keeps the bead file in step."""
    project, checkout = await work.checkout()
    async with checkout.locked():
        await _commit(checkout, project)
        problem = await checkout.deliver()
        head = await checkout.head()
    async with work.db.write() as tx:
        await projects.note_repository(tx, work.project_id, head=head, problem=problem)
        await projects.update(tx, work.project_id, ProjectChange(beads_sync=BeadsSync.PUSH), actor=SYSTEM)
    where = f" at {project.git_repo}" if project.git_repo and not problem else ""
    mend = "Give the project’s key or login write access there. Loom delivers the commit by itself then."
    return Done(f"{head[:10]} on {project.branch}{where}", problem, mend if problem else "")


def _explained(project: Project, error: GitFailed) -> LoomError:
    """What a clone that failed asks of a person."""
    place = place_of(project.git_repo)
    if place.protocol == "ssh" and error.code in BY_KEY:
        return Waits(
            error.message,
            "Add the project’s public key there as a deploy key with write access. Loom looks again every so often; "
            "trying again does so at once.",
        )
    if place.host and error.code == AWAY:
        return Waits(error.message, "Check the address and the network. Loom tries again by itself.")
    return GitFailed(error.message, code=error.code, mend=MENDS.get(error.code, ""))


async def _head(checkout: Checkout, problem: str) -> str:
    found = await attempt("rev-parse", "--verify", f"refs/heads/{checkout.branch}", cwd=checkout.folder)
    if found.code == 0:
        return found.stdout.strip()
    told = problem or f"{checkout.origin or checkout.folder} has no branch {checkout.branch!r}."
    raise GitFailed(told, code="no_such_branch", mend=MENDS["no_such_branch"])


def _bead_file(project: Project) -> str:
    return f"{project.beads_path.strip('/')}/issues.jsonl"


def _write_structure(checkout: Checkout, project: Project, text: str) -> bool:
    """Whether the settings that were there were left alone."""
    files = Workspace(checkout.folder)
    files.write_text(prd.PLACE, text)
    ours = _settings(project)
    if files.exists(SETTINGS):
        return files.read_text(SETTINGS) != ours
    files.write_text(SETTINGS, ours)
    return False


def _settings(project: Project) -> str:
    names = ("id", "name", "git_repo", "branch", "beads_path")
    told = {"project": {name: getattr(project, name) for name in names}, "schema_version": project.schema_version}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _write_bead_file(checkout: Checkout, path: str) -> str:
    files = Workspace(checkout.folder)
    if files.exists(path):
        return files.read_text(path, max_bytes=MOST_BEAD_FILE)
    files.write_text(path, "")
    return ""


async def _commit(checkout: Checkout, project: Project) -> None:
    """Commits the files of the bootstrap and nothing else that may lie there."""
    paths = (prd.PLACE, SETTINGS, _bead_file(project))
    await git("add", "-f", "--", *paths, cwd=checkout.folder)
    if (await attempt("diff", "--cached", "--quiet", cwd=checkout.folder)).code == 0:
        return
    message = f"Begin {project.name} from its PRD\n\nThe PRD is {prd.PLACE}; beads are kept in {_bead_file(project)}.\n"
    await git(*LOOM, "commit", "-q", "--no-verify", "-F", "-", cwd=checkout.folder, stdin=message)


def _prefix(name: str) -> str:
    """How ids of new beads begin, from the project's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:20].strip("-")
    return plain if re.match(r"[a-z]", plain) else f"p-{plain}".strip("-")
