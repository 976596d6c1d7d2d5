"""The scripts and styles of this folder, as pages import them."""

import os
from pathlib import Path

import reflex as rx


def beside(name: str) -> str:
    """What pages import a script of this folder as. Who only serves is spared Reflex's slow search for it."""
    if os.environ.get("REFLEX_BACKEND_ONLY"):
        return f"$/public/external/{__name__.replace('.', '/')}/{name}"
    return rx.asset(name, shared=True).importable_path


SHARED = [
    beside(file.name) for file in sorted(Path(__file__).parent.iterdir()) if file.suffix in (".js", ".jsx", ".css")
]
"""All of them: components import one another from beside them."""
