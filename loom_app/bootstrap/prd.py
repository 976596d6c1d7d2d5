"""PRDs as people hand them over: what is taken as one, and how it stands in the first bead."""

from pathlib import PurePosixPath

from loom_app.kernel.errors import Invalid, TooLarge, Unsupported

MOST_BYTES = 1_000_000
SUFFIXES = ("", ".md", ".markdown", ".txt", ".text", ".rst", ".adoc")
EXCERPT = 14_000
"""Characters of it that stand in the bead; agents are shown little more of a description."""
BEGINS, ENDS = "===== PRD =====", "===== end of PRD ====="
PLACE = "plans/BOOTSTRAP.md"
TITLE = "[Bootstrap] Expand PRD with Best Practices"
CRITERIA = """\
- There is one epic for the PRD, and under it a story for each thing to be built.
- Each story has acceptance criteria that can be checked and can be done by one agent in one go.
- Stories that need others first depend on them."""


def cleaned(text: str) -> str:
    """A PRD with the line ends and without the control characters of wherever it comes from; "" for an empty one.

    Raises TooLarge for more than MOST_BYTES.
    """
    size = len(text.encode(errors="replace"))
    if size > MOST_BYTES:
        raise TooLarge(
            f"The PRD has {size / 1e6:.1f} MB, and at most 1 MB is taken. Hand over the part to begin with, and put "
            "the rest into the repository, where agents can read it.",
            code="prd_too_large",
            most_bytes=MOST_BYTES,
        )
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in lines if letter in "\n\t\0" or (letter >= " " and letter != "\x7f"))
    return kept.strip("\n") + "\n" if kept.strip() else ""


def read_file(name: str, data: bytes) -> str:
    """The text of an uploaded file. Raises Unsupported for what is no text by its name, Invalid by its content."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if suffix not in SUFFIXES:
        raise Unsupported(
            f"{name[:100]} is no text file. Save the PRD as Markdown (.md) or plain text (.txt) and send that.",
            code="prd_format",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{name[:100] or 'The PRD'} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8 and send that.",
            code="prd_not_text",
        ) from error


def description(project: str, prd: str) -> str:
    """What the first bead asks for, with the PRD or its beginning between two marked lines."""
    cut = len(prd) > EXCERPT
    shown = prd[:EXCERPT].rpartition("\n")[0] or prd[:EXCERPT] if cut else prd
    whole = f"Only its beginning stands here; read {PLACE} for all of it." if cut else f"It also stands in {PLACE}."
    return (
        f"Turn the PRD of {project} into work that can be given out.\n\n"
        "Fill what it leaves open by what is good practice, and write that down as assumptions. File one epic that "
        "waits for this bead (`blocked_by`), so that nobody begins before the plan is whole. Then a story for each "
        "thing to be built, as a child of the epic (`parent`), each with acceptance criteria, and with "
        f"`blocked_by` where one needs another first. {whole}\n\n{BEGINS}\n{shown.strip()}\n{ENDS}"
    )
