"""What browsers may do with what we send them: the Content-Security-Policy of pages and of everything else."""

import base64
import functools
import hashlib
from html.parser import HTMLParser
from pathlib import Path

from loom_app.supervisor.places import PAGES

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are data: shown as a document, they load and run nothing."""


@functools.lru_cache(4)
def page_policy(markup: tuple[str, ...]) -> str:
    """The policy for pages that load from here alone, and run besides only the scripts written into `markup`.

    Style elements stay free: the board's dragging and the notices write them while they run.
    """
    scripts = _Scripts()
    for text in markup:
        scripts.feed(text)
        scripts.reset()
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *(f"'sha256-{_digest(text)}'" for text in scripts.texts)],
        "style-src": ["'self'", "'unsafe-inline'"],
        "style-src-attr": ["'none'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def built_pages(folder: Path = PAGES) -> tuple[str, ...]:
    """The built pages, those in folders too; none before the first build."""
    return tuple(page.read_text() for page in sorted(folder.rglob("*.html")))


class _Scripts(HTMLParser):
    """Collects in `texts`, once each, what stands between script tags."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, None] = {}

    def handle_data(self, data: str) -> None:
        """Called by the parser; within a script `data` is its whole text."""
        if self.cdata_elem == "script":
            self.texts[data] = None


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
