"""The document of actions says what Loom accepts."""

from loom_app.actions.types import CORE
from scripts.actions import FILE, document


def test_the_document_is_the_one_of_this_version() -> None:
    assert FILE.read_text() == document(), "run: python -m scripts.actions"


def test_every_action_is_in_it() -> None:
    assert [name for name in CORE if f"| `{name}` |" not in document()] == []
