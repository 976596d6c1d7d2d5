"""Where the parts of the program are on disk."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / ".web" / "build" / "client"
"""The built front end."""
