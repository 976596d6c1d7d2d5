"""A letter as it goes out: text and plain HTML, and headers that nothing written by anybody can add to. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from loom_app.config.mail import ADDRESS

LONGEST_SUBJECT = 160
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
BODY = "font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#1c1d1f;max-width:640px"
QUIET = "color:#6b6e75;font-size:13px"


@dataclass(frozen=True)
class Item:
    """One thing that is told: its title, what there is to say, and where it is looked at."""

    title: str
    lines: Sequence[str]
    url: str


@dataclass(frozen=True)
class Part:
    """Items under a heading; without one they stand by themselves."""

    heading: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Letter:
    """What goes to one address. The same `key` and `made_at` make the same letter, however often it is sent."""

    key: str
    to: str
    subject: str
    parts: Sequence[Part]
    made_at: datetime
    preferences_url: str


def is_address(text: str) -> bool:
    """Whether e-mail can be sent there."""
    return len(text) <= 254 and re.fullmatch(ADDRESS, text) is not None and ".." not in text


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """`text` in one line without control characters, cut where it is too long."""
    line = " ".join(UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as a message from `sender`. Both must be addresses (is_address)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address("Loom", addr_spec=sender)
    made["To"] = Address(addr_spec=letter.to)
    made["Subject"] = one_line(letter.subject)
    made["Date"] = letter.made_at
    made["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    made["List-Unsubscribe"] = f"<{letter.preferences_url}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_text(letter), cte="quoted-printable")
    made.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    return made


def _text(letter: Letter) -> str:
    blocks = []
    for part in letter.parts:
        blocks += [part.heading.upper()] if part.heading else []
        blocks += ["\n".join([one_line(each.title), *map(one_paragraph, each.lines), each.url]) for each in part.items]
    return "\n\n".join([*blocks, f"-- \nWhat you are told, and how: {letter.preferences_url}"]) + "\n"


def _html(letter: Letter) -> str:
    inner = "".join(_part(part) for part in letter.parts)
    foot = f'<p style="{QUIET}">{_link(letter.preferences_url, "What you are told, and how")}</p>'
    return f'<!doctype html><html><body style="{BODY}">{inner}{foot}</body></html>\n'


def _part(part: Part) -> str:
    heading = f'<h2 style="font-size:16px">{escape(part.heading)}</h2>' if part.heading else ""
    return heading + "".join(_item(item) for item in part.items)


def _item(item: Item) -> str:
    said = "".join(f'<br><span style="{QUIET}">{escape(one_paragraph(line))}</span>' for line in item.lines if line)
    return f"<p><strong>{_link(item.url, one_line(item.title))}</strong>{said}</p>"


def _link(url: str, words: str) -> str:
    return f'<a href="{escape(url, quote=True)}">{escape(words)}</a>'


def one_paragraph(text: str) -> str:
    """`text` without line breaks and control characters, at most 1,000 letters of it."""
    return one_line(text, 1_000)
