"""A firing in words: the title and text of the work it files, and what the agent is told."""

import json
import re

from loom_app.actions.clipping import fenced
from loom_app.kernel.redaction import scrub
from loom_app.motivations.models import MotivationTrigger
from loom_app.motivations.scene import Finding
from loom_app.motivations.templates import Template

LONGEST_TITLE = 300
LONGEST = 6_000


def titled(template: Template, finding: Finding) -> str:
    """The title of the work; what people or the world outside wrote is on one line and short."""
    filled = template.title.replace("{project}", finding.place.name).replace("{what}", finding.what)
    return scrub(_one_line(filled))[:LONGEST_TITLE]


def described(template: Template, finding: Finding) -> str:
    """What is to be done and why; the evidence stands in a fence, for others may have written it."""
    why = f"Filed by the motivation “{finding.motivation.name}”, because {_one_line(finding.what)}."
    return f"{template.description}\n\n{scrub(why)}\n\n{_evidence(finding.evidence)}".strip()


def body_of(finding: Finding, fired: MotivationTrigger) -> str:
    """What the agent is told."""
    work = f"The work for it is {fired.bead_created}." if fired.bead_created else "No work was filed for it."
    about = finding.motivation.description or finding.motivation.name
    return f"{about}\n{work}\nWhat held:\n{_evidence(fired.evidence)}"


def _evidence(evidence: dict[str, object]) -> str:
    told = scrub(json.dumps(evidence, ensure_ascii=False, indent=1, sort_keys=True))
    return fenced(told if len(told) <= LONGEST else told[:LONGEST] + " […]")


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())
