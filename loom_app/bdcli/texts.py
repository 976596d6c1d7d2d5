"""The long texts of a bead, from an option, a file or standard input."""

import sys
from pathlib import Path
from typing import Any

import click

from loom_app.bdcli.options import Checked, option
from loom_app.kernel.errors import Invalid


def read(place: str) -> str:
    """The text of a file, or of standard input for `-`. Raises Invalid."""
    try:
        data = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
        return data.decode("utf-8-sig").removesuffix("\n")
    except OSError as error:
        raise Invalid(f"{place} cannot be read: {error.strerror}.", code="unreadable") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{place} is not UTF-8; save it as UTF-8 and try again.", code="not_utf8") from error


def from_input(*names: str, **settings: Any) -> click.Option:
    """A switch whose value is the text of standard input."""
    return option(*names, is_flag=True, callback=lambda _ctx, _param, on: read("-") if on else None, **settings)


FROM_FILE = Checked("file", read)
"""The text of a file. It is read with the command line: nobody shall wait for a transaction of who is still typing."""
DESCRIPTION = (
    option("-d", "--description", "--body", "-m", "--message", "description", help="What is to be done."),
    option("--body-file", "--description-file", "-F", type=FROM_FILE, help="The description from a file, or - ."),
    from_input("--stdin", help="The description from standard input."),
)
FIELDS = (
    option("--design", help="How it is to be done."),
    option("--acceptance", "acceptance_criteria", help="When it is done."),
    option("--notes", help="Notes."),
)
FROM_FILES = (option("--design-file", type=FROM_FILE, help="The design from a file, or - ."),)


def long_texts(given: dict[str, Any]) -> dict[str, str]:
    """Takes what the options above say out of `given`: the texts by field. Raises Invalid for two descriptions."""
    described = [given.pop(name) for name in ("description", "body_file", "stdin")]
    texts = [text for text in described if text is not None]
    if len(texts) > 1:
        raise Invalid("The description is given more than once; use one of -d, --body-file and --stdin.")
    from_file = given.pop("design_file")
    found = {name: given.pop(name) for name in ("design", "acceptance_criteria", "notes")}
    found |= {"description": next(iter(texts), None)} | ({} if from_file is None else {"design": from_file})
    return {name: text for name, text in found.items() if text is not None}
