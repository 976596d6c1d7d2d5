"""The long texts of a bead, from an option, a file or standard input."""

import sys
from pathlib import Path
from typing import Any

from loom_app.bdcli.options import option
from loom_app.kernel.errors import Invalid

DESCRIPTION = (
    option("-d", "--description", "--body", "-m", "--message", "description", help="What is to be done."),
    option("--body-file", "--description-file", "-F", "body_file", help="The description from a file, or - ."),
    option("--stdin", "from_input", is_flag=True, help="The description from standard input."),
)
FIELDS = (
    option("--design", help="How it is to be done."),
    option("--acceptance", "acceptance_criteria", help="When it is done."),
    option("--notes", help="Notes."),
)
FROM_FILES = (option("--design-file", help="The design from a file, or - ."),)


def long_texts(given: dict[str, Any]) -> dict[str, str]:
    """Takes what the options above say out of `given`: the texts by field. Raises Invalid for two descriptions."""
    body_file, from_input = given.pop("body_file", None), given.pop("from_input", False)
    design_file = given.pop("design_file", None)
    sources = [given.get("description") is not None, bool(body_file), from_input]
    if sum(sources) > 1:
        raise Invalid("The description is given more than once; use one of -d, --body-file and --stdin.")
    found = {name: given.pop(name) for name in ("description", "design", "acceptance_criteria", "notes")}
    if body_file or from_input:
        found["description"] = read(body_file or "-")
    if design_file:
        found["design"] = read(design_file)
    return {name: text for name, text in found.items() if text is not None}


def read(place: str) -> str:
    """The text of a file, or of standard input for `-`. Raises Invalid."""
    try:
        data = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
        return data.decode("utf-8-sig").removesuffix("\n")
    except OSError as error:
        raise Invalid(f"{place} cannot be read: {error.strerror}.", code="unreadable") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{place} is not UTF-8; save it as UTF-8 and try again.", code="not_utf8") from error
