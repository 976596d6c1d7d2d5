"""The path resolver against the operating system's own, on random trees full of links."""

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.kernel.errors import LoomError
from loom_app.sandbox.workspace import Workspace

_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_name = st.sampled_from(["a", "b", "c", "d"])
_step = st.one_of(_name, st.just(".."), st.just("."))
_path = st.lists(_step, min_size=1, max_size=6).map("/".join)
_inside = st.lists(_name, min_size=1, max_size=3).map("/".join)
_target = st.one_of(
    _path,
    _inside.map(lambda path: f"{{root}}/{path}"),
    st.sampled_from(["/", "/etc", "{root}", "{root}/..", "{outside}", "../outside/secret", "{root}x"]),
)
_tree = st.lists(st.tuples(_inside, st.one_of(st.none(), st.just("file"), _target)), max_size=12)


def _build(root: Path, outside: Path, tree: list[tuple[str, str | None]]) -> None:
    for path, kind in tree:
        place = root / path
        # Only real directories are built into: the tree itself must lie inside.
        if os.path.lexists(place) or any(parent.is_symlink() or parent.is_file() for parent in place.parents):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind is None:
            place.mkdir()
        elif kind == "file":
            place.write_text("inside")
        else:
            place.symlink_to(kind.format(root=root, outside=outside))


def _is_below(path: str, root: Path) -> bool:
    return path == str(root) or path.startswith(f"{root}/")


@settings(max_examples=400)
@given(tree=_tree, path=_path)
def test_never_outside_and_right_inside(tree: list[tuple[str, str | None]], path: str) -> None:
    with tempfile.TemporaryDirectory(dir=_MEMORY) as place:
        base = Path(place).resolve()
        root, outside = base / "root", base / "outside"
        root.mkdir()
        outside.mkdir()
        (outside / "secret").write_text("outside")
        _build(root, outside, tree)
        workspace = Workspace(root)
        try:
            resolved = workspace.resolve(path)
        except LoomError:
            resolved = None
        if resolved is not None:
            assert _is_below(str(resolved), root)
            assert not resolved.is_symlink()
            assert str(resolved) == os.path.realpath(root / path)
        try:
            assert workspace.read_text(path) == "inside"
        except LoomError:
            real = Path(os.path.realpath(root / path))
            assert not (_is_below(str(real), root) and real.is_file() and _never_leaves(root, path))
        try:
            workspace.write_text(path, "written")
        except LoomError:
            pass
        else:
            assert _is_below(os.path.realpath(root / path), root)
        assert [found.name for found in outside.iterdir()] == ["secret"]
        assert (outside / "secret").read_text() == "outside"
        assert sorted(found.name for found in base.iterdir()) == ["outside", "root"]


def _never_leaves(root: Path, path: str) -> bool:
    """Whether the way to a path, link by link, stays inside and leads through folders: then reading it has to work."""
    here, ahead, links = root, path.split("/"), 0
    while ahead:
        step = ahead.pop(0)
        if not here.is_dir():
            return False
        if step == "..":
            if here == root:
                return False
            here = here.parent
        elif (here / step).is_symlink():
            target, links = str((here / step).readlink()), links + 1
            if links > 40 or (target.startswith("/") and not _is_below(target, root)):
                return False
            here = root if target.startswith("/") else here
            ahead = [*target.removeprefix(str(root)).split("/"), *ahead]
        elif step not in {"", "."}:
            here = here / step
    return True
