"""The documents tell the truth about the tree they describe."""

import re
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI

from loom_app.actions.types import CORE
from loom_app.config import Settings
from loom_app.kernel.settings import PLAIN, variables
from scripts import actions, events, notifications

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "personas").rglob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
NEEDED = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")
REQUIREMENTS = ("requirements.in", "requirements-dev.in", "requirements-interop.in", "requirements-llm.in")
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(document: Path) -> set[str]:
    """The fragments that headings of a document can be linked by."""
    prose = FENCE.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NEEDED)
def test_the_usual_documents_are_there(name: str) -> None:
    assert len(text(name)) > 500


def test_architecture_lists_the_packages_there_are() -> None:
    house = text("ARCHITECTURE.md").partition("\n## The house\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", house, re.MULTILINE)
    packages = sorted(path.parent.name for path in (ROOT / "loom_app").glob("*/__init__.py"))
    assert sorted(listed) == packages


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_each_direct_dependency_says_what_it_is_for(name: str) -> None:
    wanted = {re.split(r"[=<>\[; ]", line)[0] for line in text(name).splitlines() if line and line[0] not in "#-"}
    section = text("docs/dependencies.md").partition(f"(`{name}`)")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| ([\w.-]+) \| [^|]+ \| [^|]+ \|$", section, re.MULTILINE)
    assert explained == ["Package", *sorted(wanted)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=short)
def test_links_within_the_project_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        linked = (document.parent / name).resolve() if name else document
        assert linked.exists(), f"{short(document)} links to {target}, which does not exist"
        assert linked.is_relative_to(ROOT)
        if fragment:
            assert fragment in anchors(linked), f"{short(document)} links to {target}, which has no such heading"


def test_each_promise_of_security_names_a_test_that_holds_it() -> None:
    """That what is linked exists is asked above of every link; here that each promise has one, to a file of tests."""
    told = text("SECURITY.md").partition("\n## What holds now\n")[2].partition("\n## What does not hold yet\n")[0]
    rows = [line for line in told.splitlines() if line.startswith("| ") and not re.match(r"\| (What|Promise)\b", line)]
    assert len(rows) > 40
    for row in rows:
        assert re.search(r"\]\(tests/[\w/]+/test_\w+\.py\)", row.rpartition(" | ")[2]), row
    for path in set(re.findall(r"\((tests/[\w/]+/test_\w+\.py)\)", told)):
        assert re.search(r"^ *(async )?def test_", text(path), re.MULTILINE), f"{path} holds no test"
    paragraphs = re.findall(r"^\*\*.*?(?=\n\n)", told.partition("\n## ")[0], re.DOTALL | re.MULTILINE)
    assert len(paragraphs) >= 10
    for paragraph in paragraphs:
        assert re.search(r"\((tests/|#|docs/operations.md#limits)", paragraph), paragraph.partition("\n")[0]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    changelog = text("CHANGELOG.md")
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)
    sections = set(re.findall(r"^### (\w+)$", changelog, re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == files


def test_each_decision_has_context_decision_and_consequences() -> None:
    for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        headings = re.findall(r"^## (\w+)$", path.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, f"{short(document)} names make targets there are not: {named - targets}"


def test_contributors_find_every_make_target() -> None:
    offered = set(re.findall(r"^([a-z-]+):.*## ", text("Makefile"), re.MULTILINE)) - {"help"}
    assert set(re.findall(r"^\| `make ([a-z-]+)", text("CONTRIBUTING.md"), re.MULTILINE)) == offered


def test_addresses_named_in_documents_exist(app: FastAPI) -> None:
    known = [re.sub(r"\{[^}]*\}", "{}", path) for path in app.openapi()["paths"]]
    for document in DOCUMENTS:
        for name in set(re.findall(r"(?:(?<=[`\s])|(?<=:8080))/api/v1/[\w/-]+", document.read_text(encoding="utf-8"))):
            assert any(path.startswith(name.rstrip("/")) for path in known), f"{short(document)} names {name}"


def test_settings_named_in_documents_exist() -> None:
    """A variable that is documented and unknown would stop Loom at its start."""
    known = {*PLAIN, *variables(Settings)}
    for document in DOCUMENTS:
        for name in set(re.findall(r"\bLOOM_[A-Z][A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8"))):
            placeholder = name in {"LOOM_SECTION__KEY"} or name.startswith(("LOOM_TEST_", "LOOM_SOAK_"))
            assert placeholder or name in known, f"{short(document)} names {name}, which is not a setting"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_what_git_ignores_is_not_kept_in_git_either() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout == ""


def test_the_actions_of_agents_are_written_down_as_they_are() -> None:
    assert actions.FILE.read_text() == actions.document(), "run: python -m scripts.actions"
    assert [name for name in CORE if f"| `{name}` |" not in actions.document()] == []


def test_of_what_whom_is_told_is_written_down_as_it_is() -> None:
    assert notifications.FILE.read_text() == notifications.document(), "run: python -m scripts.notifications"


def test_the_catalogue_of_events_is_written_down_as_it_is() -> None:
    assert events.FILE.read_text() == events.document(), "run: python -m scripts.events"
