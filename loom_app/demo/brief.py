"""Reading a PRD as the demo model does: by its headings and bullets, since it understands nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

HEADING = re.compile(r"^ {0,3}(?P<marks>#{1,6})\s+(?P<text>.*?)\s*#*\s*$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{3,})\s*$")
BULLET = re.compile(r"^(?P<indent>\s*)(?:[-*+•]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(?P<text>\S.*)$")
FENCE = re.compile(r"^\s*(```|~~~)")
WORD = (
    r"(?:overview|introduction|background|context|vision|summary|executive summary|goals?|objectives?|non-goals?|"
    r"out of scope|scope|users?|personas?|audience|stakeholders?|metrics?|success criteria|timeline|milestones?|risks?|"
    r"assumptions?|constraints?|open questions?|references?|glossary|appendix|problem(?: statement)?|motivation)"
)
ASIDE = re.compile(
    rf"(?:[\d.]+\s+)?(?:(?:the|target|key|product|project|business)\s+)?{WORD}(?:\s*(?:&|and|/|,)\s*{WORD})*",
    re.IGNORECASE,
)
"""Headings of what is said about the work rather than asked for."""
MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
LONGEST_TITLE = 120
MOST_STORIES = 30


@dataclass
class Story:
    """Something to be built, the points below it, and under which heading it stood."""

    title: str
    section: str
    text: str = ""
    points: list[str] = field(default_factory=list)


@dataclass
class Section:
    """What stands under one heading."""

    title: str
    stories: list[Story] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)

    def asked(self) -> list[Story]:
        """What it asks for: its bullets, else itself."""
        if self.stories or not self.prose:
            return self.stories
        text = " ".join(self.prose)
        return [Story(_short(self.title or text), self.title, text)]


@dataclass(frozen=True)
class Plan:
    """What the PRD is called, what is said about it, and its stories; `left` is how many more there were."""

    title: str
    about: str
    stories: tuple[Story, ...]
    left: int = 0


def read(text: str) -> Plan:
    """The plan of a PRD. One without headings and bullets is one story."""
    sections = list(_sections(text))
    named = next((section.title for section in sections if section.title), "")
    prose = [line for section in sections for line in section.prose]
    title = _short(named or (prose[0] if prose else "")) or "The PRD"
    work = [section for section in sections if section.title in ("", named) or not ASIDE.fullmatch(section.title)]
    stories = [story for section in work for story in _wanted(section, named)]
    stories = stories or [story for section in sections for story in section.stories]
    found = _distinct(stories) or [Story(title, "", " ".join(prose))]
    return Plan(title, " ".join(prose)[:1_000], tuple(found[:MOST_STORIES]), max(0, len(found) - MOST_STORIES))


def _wanted(section: Section, named: str) -> list[Story]:
    """What a section asks for; the one that names the PRD is not a story itself."""
    return section.stories if section.title in ("", named) else section.asked()


def _sections(text: str) -> Iterator[Section]:
    section, fenced = Section(""), False
    lines = text.splitlines()
    for place, line in enumerate(lines):
        fenced ^= bool(FENCE.match(line))
        below = lines[place + 1] if place + 1 < len(lines) else ""
        if fenced or FENCE.match(line) or not line.strip() or UNDERLINE.match(line):
            continue
        heading = HEADING.match(line)
        underlined = not BULLET.match(line) and UNDERLINE.match(below)
        if heading or underlined:
            yield section
            section = Section(_short(heading["text"] if heading else line))
        else:
            _take(section, line)
    yield section


def _take(section: Section, line: str) -> None:
    """A line under a heading: a bullet, a point of the bullet above it, its further text, or prose."""
    bullet = BULLET.match(line)
    indented = len(line) - len(line.lstrip()) >= 2
    if bullet and not (indented and section.stories):
        said = _plain(bullet["text"])
        section.stories.append(Story(_short(said), section.title, said))
    elif bullet:
        section.stories[-1].points.append(_plain(bullet["text"]))
    elif indented and section.stories:
        section.stories[-1].text += f" {_plain(line)}"
    else:
        section.prose.append(_plain(line))


def _plain(text: str) -> str:
    """Without Markdown's marks."""
    return " ".join(MARKUP.sub(r"\1", text).split())


def _short(text: str) -> str:
    """A title of it, cut between words."""
    plain = _plain(text).strip(" .;:,|")
    if len(plain) <= LONGEST_TITLE:
        return plain
    return (plain[:LONGEST_TITLE].rpartition(" ")[0] or plain[:LONGEST_TITLE]) + "…"


def _distinct(stories: list[Story]) -> list[Story]:
    found = {story.title.lower(): story for story in reversed(stories) if story.title}
    return list(reversed(found.values()))
