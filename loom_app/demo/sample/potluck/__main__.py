"""The command line: python3 -m potluck card recipes/pancakes.txt"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from potluck.cards import text_card
from potluck.recipes import parse_recipe


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="potluck", description="Recipes for however many friends turn up.")
    commands = parser.add_subparsers(dest="command", required=True)
    card = commands.add_parser("card", help="show one recipe as a card")
    card.add_argument("file", type=Path)
    options = parser.parse_args(argv)
    recipe = parse_recipe(options.file.read_text(encoding="utf-8"))
    print(text_card(recipe), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
