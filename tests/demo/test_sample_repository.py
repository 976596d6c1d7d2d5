"""The sample project's repository."""

from pathlib import Path

import pytest

from loom_app.demo.sample_repository import ensure_sample
from loom_app.demo.script import SAMPLE
from loom_app.git.checkout import Checkout
from loom_app.git.runner import GitFailed, git
from tests.demo.workspace import Workspace


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "demo" / "repo", "", "main")


def sources() -> set[str]:
    """The sample's files as git names them."""
    files = (path for path in SAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(SAMPLE)) for path in files}


async def test_its_first_commit_is_the_sample(checkout: Checkout) -> None:
    await ensure_sample(checkout)
    assert (await git("rev-list", "--count", "HEAD", cwd=checkout.folder)).strip() == "1"
    assert set((await git("ls-files", cwd=checkout.folder)).splitlines()) == sources()
    assert (await git("status", "--porcelain", cwd=checkout.folder)) == ""
    assert (await git("log", "-1", "--format=%an %s", cwd=checkout.folder)).strip() == "Loom Potluck 0.1"
    assert not Workspace(checkout.folder).tests().ok


async def test_a_repository_at_work_is_left_alone(checkout: Checkout) -> None:
    await ensure_sample(checkout)
    workspace = Workspace(checkout.folder)
    workspace.change("demo-k3wa")
    head = await checkout.head()
    await ensure_sample(checkout)
    assert await checkout.head() == head


async def test_an_interrupted_making_is_completed(checkout: Checkout) -> None:
    await checkout.ensure()
    (checkout.folder / "README.md").write_text("half a c")
    await ensure_sample(checkout)
    assert (checkout.folder / "README.md").read_text() == (SAMPLE / "README.md").read_text()
    assert (await git("rev-list", "--count", "HEAD", cwd=checkout.folder)).strip() == "1"


async def test_a_lost_repository_is_not_made_up_again(checkout: Checkout) -> None:
    await ensure_sample(checkout)
    checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    with pytest.raises(GitFailed, match="only copy"):
        await ensure_sample(checkout)
