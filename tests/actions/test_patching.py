"""Unified diffs as models write them, applied to real files by real git."""

from pathlib import Path

import pytest

from loom_app.actions.patching import apply_patch
from loom_app.kernel.errors import LoomError
from loom_app.sandbox.workspace import Workspace

LINES = "".join(f"l{n}\n" for n in range(1, 10))
CHANGE = " l1\n-l2\n+L2\n l3\n"
HEAD = "--- a/a.py\n+++ b/a.py\n"
PATCH = f"{HEAD}@@ -1,3 +1,3 @@\n{CHANGE}"
CHANGED = LINES.replace("l2", "L2")
RENAME = "diff --git a/a.py b/b.py\nrename from a.py\nrename to b.py\n"
NEW_LINK = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n"


def folder(root: Path, **files: str) -> Workspace:
    for name, text in files.items():
        (root / name.replace("_", ".")).write_bytes(text.encode())
    return Workspace(root)


def content(root: Path) -> dict[str, str]:
    return {str(p.relative_to(root)): p.read_bytes().decode() for p in sorted(root.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    "patch",
    [
        PATCH,
        f"Here it is:\ndiff --git a/a.py b/a.py\nindex 1..2 100644\n{PATCH}",
        f"```diff\n{PATCH}```",
        PATCH.replace("a/a", "a").replace("b/a", "a"),
        PATCH.replace("a/a.py", "./a.py").replace("b/a.py", "./a.py\t2024-01-01 00:00:00"),
        PATCH.replace("@@ -1,3 +1,3 @@", "@@ -7,9 +1,1 @@ def f():"),
        PATCH.replace("@@ -1,3 +1,3 @@", "@@"),
        PATCH.replace("\n", "\r\n"),
        PATCH.rstrip("\n"),
        PATCH.replace(" l1\n", " l1  \n").replace(" l3", " l3\t"),
        PATCH.replace("a/a.py", "a/a.py.orig"),
        PATCH + "\n\n",
    ],
)
async def test_one_change_written_in_many_ways(tmp_path: Path, patch: str) -> None:
    applied = await apply_patch(folder(tmp_path, a_py=LINES), patch)
    assert content(tmp_path) == {"a.py": CHANGED}
    assert (applied.files, applied.added, applied.removed) == (["a.py"], 1, 1)


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        (LINES.replace("\n", "\r\n"), PATCH, CHANGED.replace("\n", "\r\n")),
        ("l1\nl2\nl3", PATCH, "l1\nL2\nl3"),
        ("l1\nl2", f"{HEAD}@@ -1,2 +1,2 @@\n l1\n-l2\n+L2\n\\ No newline at end of file\n", "l1\nL2"),
        ("l1\nl2", f"{HEAD}@@ -1,2 +1,3 @@\n l1\n l2\n+l3\n", "l1\nl2\nl3"),
        ("l1\r\nl2", f"{HEAD}@@\n l1\n l2\n+l3\n+l4\n", "l1\r\nl2\r\nl3\r\nl4"),
        ("l1\nl2", f"{HEAD}@@ -1,2 +1,1 @@\n l1\n-l2\n", "l1\n"),
        ("a\nb\na\nb\n", f"{HEAD}@@ -3,2 +3,2 @@\n a\n-b\n+c\n", "a\nb\na\nc\n"),
        (LINES, f"{HEAD}@@ -2,0 +3,1 @@\n+new\n", LINES.replace("l3", "new\nl3")),
        (LINES, f"{PATCH}@@ -7,3 +7,4 @@\n l7\n+new\n l8\n l9\n\n", CHANGED.replace("l8", "new\nl8")),
        ("x\n\ny\n", f"{HEAD}@@ -1,3 +1,3 @@\n x\n\n-y\n+z\n", "x\n\nz\n"),
        ("", f"{HEAD}@@ -0,0 +1 @@\n+x\n", "x\n"),
    ],
)
async def test_endings_and_places(tmp_path: Path, before: str, patch: str, after: str) -> None:
    await apply_patch(folder(tmp_path, a_py=before), patch)
    assert content(tmp_path) == {"a.py": after}


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ("--- /dev/null\n+++ b/n/new.py\n@@ -0,0 +1,2 @@\n+x\n+y\n", {"a.py": "x\ny\n", "n/new.py": "x\ny\n"}),
        ("--- a/a.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n", {}),
        ("diff --git a/a.py b/a.py\ndeleted file mode 100644\n--- a/a.py\n+++ /dev/null\n", {}),
        (RENAME, {"b.py": "x\ny\n"}),
        (f"{RENAME}--- a/a.py\n+++ b/b.py\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n", {"b.py": "x\nz\n"}),
    ],
)
async def test_files_are_made_deleted_and_renamed(tmp_path: Path, patch: str, after: dict[str, str]) -> None:
    await apply_patch(folder(tmp_path, a_py="x\ny\n"), patch)
    assert content(tmp_path) == after


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ("--- a/../../etc/x\n+++ b/../../etc/x\n@@ -1 +1 @@\n-x\n+z\n", "path_outside"),
        ("--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-x\n+z\n", "path_outside"),
        ("--- /dev/null\n+++ b/.git/hooks/pre-commit\n@@ -0,0 +1 @@\n+z\n", "path_git"),
        ("--- /dev/null\n+++ b/sub/.GIT/config\n@@ -0,0 +1 @@\n+z\n", "path_git"),
        ("--- /dev/null\n+++ b/link/x\n@@ -0,0 +1 @@\n+z\n", "path_outside"),
        (NEW_LINK, "patch_link"),
        (RENAME.replace("b.py", ".git/x"), "path_git"),
        ("just words", "patch_malformed"),
        ("@@ -1 +1 @@\n-x\n+y\n", "patch_malformed"),
        (PATCH.replace("+L2", "L2"), "patch_malformed"),
        (PATCH.replace("-l2", " l2").replace("+L2", " L2"), "patch_malformed"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-x\n+y\n", "patch_malformed"),
        ("diff --git a/x b/x\nGIT binary patch\nliteral 0\n", "patch_malformed"),
        (PATCH.replace(" l1", " nope"), "patch_failed"),
        (f"{HEAD}@@\n+x\n", "patch_failed"),
        ("--- a/z.py\n+++ b/z.py\n@@ -1 +1 @@\n-x\n+y\n", "path_not_found"),
        ("--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+z\n", "path_exists"),
        (f"{PATCH}--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-nope\n+z\n", "patch_failed"),
    ],
)
async def test_a_bad_patch_changes_nothing(tmp_path: Path, patch: str, code: str) -> None:
    space = folder(tmp_path, a_py=LINES, b_py="q\n")
    (tmp_path / "link").symlink_to("/tmp")
    before = content(tmp_path)
    with pytest.raises(LoomError) as caught:
        await apply_patch(space, patch)
    assert caught.value.code == code
    assert content(tmp_path) == before


async def test_a_hunk_that_fits_two_places_is_refused(tmp_path: Path) -> None:
    space = folder(tmp_path, a_py="a\na\na\n")
    with pytest.raises(LoomError, match="several places, at lines 1, 2, 3"):
        await apply_patch(space, f"{HEAD}@@\n-a\n+b\n")


async def test_a_patch_for_one_file_keeps_to_it(tmp_path: Path) -> None:
    space = folder(tmp_path, a_py=LINES, b_py=LINES)
    await apply_patch(space, f"@@ -1,3 +1,3 @@\n{CHANGE}", only="a.py")
    assert content(tmp_path) == {"a.py": CHANGED, "b.py": LINES}
    with pytest.raises(LoomError, match=r"changes 'a\.py', but the action is about 'b\.py'"):
        await apply_patch(space, PATCH, only="b.py")


async def test_a_repository_above_the_workspace_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    await apply_patch(folder(inner, a_py=LINES), PATCH)
    assert content(inner) == {"a.py": CHANGED}
