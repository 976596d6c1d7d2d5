"""Other commits taken into a run's worktree, or taken back there: worked out first, so that a conflict changes nothing.

Whatever fits becomes one commit of the run, to which its folder moves on in one step.
"""

from collections.abc import Sequence
from pathlib import Path

from loom_app.git.browsing import inside
from loom_app.git.checkout import LOOM
from loom_app.git.complaints import said
from loom_app.git.revisions import commit_of
from loom_app.git.runner import GitFailed, attempt, git
from loom_app.git.worktree import Committed, Worktree
from loom_app.kernel.errors import Conflict, NotFound, Unavailable

HEAD = "HEAD"
SUBJECT = 100


async def named(tree: Worktree, name: str) -> str:
    """The commit that a branch, a tag or an id stands for, the run's newest for HEAD. Raises Invalid, NotFound."""
    if name.strip() in ("", HEAD):
        return (await git("rev-parse", HEAD, cwd=tree.folder)).strip()
    try:
        return await commit_of(tree.folder, name.strip().removeprefix("origin/"))
    except NotFound as error:
        raise NotFound(f"{error.message} git_list_branches names the branches, git_log the commits.",
                       code=error.code) from None  # fmt: skip


async def merge(tree: Worktree, source: str, message: str, key: str, *, no_ff: bool = False) -> Committed | None:
    """Takes the commits of `source` into the run's branch; None when it has them all.

    What is on the project's branch needs no commit of its own unless `no_ff` wants one. Raises Conflict, and nothing
    has changed then.
    """
    if made := await tree.made_by(key):
        return made
    ours, theirs = await named(tree, HEAD), await named(tree, source)
    if await _contains(tree.folder, ours, theirs):
        return None
    is_ahead = await _contains(tree.folder, theirs, ours)
    if is_ahead and not no_ff and await _contains(tree.folder, tree.checkout.branch, theirs):
        return await tree.move_on(theirs)
    files = await _joined(tree, ours, theirs, f"Merging {source}")
    return await tree.adopt(files, message.strip() or f"Merge {source}", key, theirs)


async def take_back(tree: Worktree, names: Sequence[str], reason: str, key: str) -> Committed:
    """One commit that takes back what those commits changed, merges against their first parent.

    Raises NotFound, and Conflict where one is no part of the run's branch, later changes are in the way or nothing is
    left of them; nothing has changed then.
    """
    if made := await tree.made_by(key):
        return made
    ages = {commit: await _age(tree.folder, commit) for commit in [await _of_ours(tree, name) for name in names]}
    newest_first = sorted(ages, key=ages.__getitem__)
    before = files = await _tree_of(tree.folder, HEAD)
    for commit in newest_first:
        files = await _without(tree, files, commit)
    if files == before:
        raise Conflict("Nothing is left to take back: the files are as they were before.", code="nothing_to_revert")
    return await tree.adopt(files, await _message(tree.folder, newest_first, reason), key)


async def take_files(tree: Worktree, name: str, paths: Sequence[str]) -> list[str]:
    """Puts files back as they are at the commit `name`; open changes of them are lost. Raises NotFound."""
    await tree.refuse_nested()
    commit, wanted = await named(tree, name), [inside(path) or "." for path in paths]
    taken = await attempt("checkout", commit, "--", *wanted, cwd=tree.folder)
    if taken.code != 0:
        if "did not match any file" in taken.stderr:
            raise NotFound(f"{name} has no {', '.join(paths)[:300]}; nothing was changed.", code="path_not_found")
        raise GitFailed(f"The files could not be taken from {name}: {said(taken)}")
    return wanted


async def _of_ours(tree: Worktree, name: str) -> str:
    commit = await named(tree, name)
    if not await _contains(tree.folder, HEAD, commit):
        raise Conflict(
            f"{name} is no part of your branch, so there is nothing of it to take back. git_log shows what is.",
            code="not_on_branch",
        )
    return commit


async def _without(tree: Worktree, files: str, commit: str) -> str:
    """The tree `files` without the change of `commit`: joined with the tree before it as if both began from it."""
    parent = await attempt("rev-parse", "--verify", "--quiet", f"{commit}^", cwd=tree.folder)
    empty = parent.code != 0
    before = await git("mktree", cwd=tree.folder, stdin="") if empty else await _tree_of(tree.folder, f"{commit}^")
    ours = await _made(tree.folder, files, commit)
    theirs = await _made(tree.folder, before.strip(), commit)
    return await _joined(tree, ours, theirs, f"Taking back {commit[:12]}")


async def _made(folder: Path, files: str, parent: str) -> str:
    """A commit that nothing points to, for git to compare with."""
    return (await git(*LOOM, "commit-tree", files, "-p", parent, "-m", "-", cwd=folder)).strip()


async def _joined(tree: Worktree, ours: str, theirs: str, doing: str) -> str:
    """The tree that both sides make together. Raises Conflict with the files in which they differ."""
    await tree.refuse_nested()
    told = await attempt(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs, cwd=tree.folder
    )
    files, *conflicts = [part.strip("\n") for part in told.stdout.split("\0")]
    if told.code == 0 and files:
        return files
    if told.code == 1 and (names := list(dict.fromkeys(filter(None, conflicts)))):
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise Conflict(
            f"{doing} meets changes of the same lines in {shown}. Nothing was changed: your worktree is as it was.",
            code="merge_conflict",
            files=names[:100],
        )
    if "usage:" in told.stderr:
        raise Unavailable("This machine's git is older than 2.38 and cannot do this.", code="git_too_old")
    raise GitFailed(f"{doing} failed, and nothing was changed: {said(told)}")


async def _age(folder: Path, commit: str) -> int:
    """How many commits came after it; what follows another has fewer. Their times may be equal or wrong."""
    return int(await git("rev-list", "--count", f"{commit}..{HEAD}", "--", cwd=folder))


async def _contains(folder: Path, whole: str, part: str) -> bool:
    return (await attempt("merge-base", "--is-ancestor", part, whole, cwd=folder)).code == 0


async def _tree_of(folder: Path, commit: str) -> str:
    return (await git("rev-parse", f"{commit}^{{tree}}", cwd=folder)).strip()


async def _message(folder: Path, commits: Sequence[str], reason: str) -> str:
    subjects = await git("log", "--no-walk=unsorted", "--format=%s", *commits, "--", cwd=folder)
    first = subjects.splitlines()[0][:SUBJECT] if subjects.strip() else commits[0][:12]
    head = f'Revert "{first}"' if len(commits) == 1 else f"Revert {len(commits)} commits"
    return "\n\n".join(filter(None, (head, reason.strip(), "\n".join(f"This reverts {sha}." for sha in commits))))
