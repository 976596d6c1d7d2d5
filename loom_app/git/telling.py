"""The repository's history and branches in lines, as a run is told of them."""

from loom_app.git import history
from loom_app.git.joining import HEAD, named
from loom_app.git.runner import GitFailed, git
from loom_app.git.worktree import Worktree
from loom_app.kernel.errors import Unavailable

MOST_BRANCHES = 100
MOST_COMMITS = 200
MOST_NEWS = 20
LONGEST_LINE = 200
BEADS = "%(trailers:key=Bead,valueonly,separator=%x2C)"
FORM = f"%h %as %an: %s%x00{BEADS}"


async def log(tree: Worktree, name: str, most: int) -> str:
    """The newest commits of a branch, one a line; of the run's own for ""."""
    return await _lines(tree, await named(tree, name), most)


async def branches(tree: Worktree) -> str:
    """The branches, those changed last first; the run's own is marked by *."""
    found = await history.branches(tree.checkout.folder)
    lines = [
        f"{'*' if one.name == tree.branch else ' '} {one.name} {one.commit[:12]} {one.committed_at:%Y-%m-%d} "
        f"{one.author}: {one.subject}"[:LONGEST_LINE] + ("" if one.here else " (at the origin)")
        for one in found[:MOST_BRANCHES]
    ]  # fmt: skip
    return "\n".join(lines + [f"... and {len(found) - MOST_BRANCHES} older ones"] * (len(found) > MOST_BRANCHES))


async def difference(tree: Worktree, source: str, target: str) -> str:
    """What `source` changes since it parted from `target`: the files, then the lines; the files alone if too much."""
    both = f"{await named(tree, target)}...{await named(tree, source)}"
    how = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=120")
    try:
        return await git(*how, "--patch", both, "--", cwd=tree.folder)
    except GitFailed as error:
        if error.code != "git_output_too_large":
            raise
        return await git(*how, both, "--", cwd=tree.folder)


async def of_bead(tree: Worktree, bead_id: str) -> str:
    """The commits on any branch that are for the bead, newest first, one a line."""
    asked = ("log", "--branches", "--remotes=origin", "--fixed-strings", f"--grep=Bead: {bead_id}")
    said = await git(*asked, f"--max-count={MOST_COMMITS}", f"--format={FORM}", "--", cwd=tree.folder)
    rows = (line.partition("\0") for line in said.splitlines())
    return "\n".join(text[:LONGEST_LINE] for text, _, beads in rows if bead_id in beads.split(","))


async def news(tree: Worktree) -> str:
    """Brings the repository up to date and tells what the project's branch has that the run's lacks.

    Raises Unavailable when the origin cannot be followed.
    """
    async with tree.checkout.locked():
        problem = await tree.checkout.follow()
    if problem:
        raise Unavailable(problem, code="not_fetched")
    branch = tree.checkout.branch
    ahead, behind = await history.distance(tree.folder, branch, HEAD)
    where = f"Your branch has {ahead} commits that {branch} lacks and lacks {behind} of its commits"
    if not behind:
        return f"{where}: nothing is new there."
    return f"{where}, the newest of which are:\n{await _lines(tree, f'{HEAD}..{branch}', min(behind, MOST_NEWS))}"


async def _lines(tree: Worktree, commits: str, most: int) -> str:
    said = await git("log", f"--max-count={most}", f"--format={FORM}", commits, "--", cwd=tree.folder)
    rows = (line.partition("\0") for line in said.splitlines())
    return "\n".join(text[:LONGEST_LINE] + (f" [{beads[:LONGEST_LINE]}]" if beads else "") for text, _, beads in rows)
