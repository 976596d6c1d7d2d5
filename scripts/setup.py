"""Prepares a clone for running: python3 scripts/setup.py COMMAND. Any Python 3 must be able to read this file."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see the version check below

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is to be told so
    sys.stderr.write(
        "Loom needs Python 3.11 or newer, but {} is Python {}.{}. ".format(sys.executable, *sys.version_info)
        + "Use `make`, which looks for a newer one, or run this with python3.11 or newer.\n"
    )
    sys.exit(1)

sys.path[0] = ROOT

from scripts.installer.main import main  # noqa: E402 - only a new enough Python can read it

sys.exit(main(sys.argv[1:]))
