"""Writes docs/notifications.md, of what whom is told, from the rules: `python -m scripts.notifications`."""

from pathlib import Path

from loom_app.events.event_type import Priority
from loom_app.notifications.rules import ENDINGS, RULES, Ending, Rule, Whom

FILE = Path(__file__).parents[1] / "docs" / "notifications.md"
HEAD = """# Notifications

What happens is told to those whom it concerns, each in an inbox of their own, with the reason why. Nobody is told what
they did themselves, nor what they may not see; who loses a project loses what was told of it. What happens again for
one cause is one notification that counts and is unread once more. What *needs you* comes first, by risk and deadline,
until it is settled, by you or by somebody else; then it says how.

What one wants to be told stands in one's preferences: which events, which projects, from which priority on, and the
quiet hours in one's own time zone, which hold back what is sent out of Loom and never the inbox.

This file is written from the code by `python -m scripts.notifications`: do not edit it.

## What is told

| Rule | Event | To whom | Priority | Needs you |
|---|---|---|---|---|
"""
MIDDLE = """
A decision that was given to nobody is told to all members of its project. Where a project has no owner or member,
administrators are told instead.

## What settles it

| Event | Ends what was told of | It says |
|---|---|---|
"""
TO = {
    Whom.ASSIGNED: "the person it was given to",
    Whom.ANSWERING: "the person it was given to, else the members",
    Whom.REQUESTER: "the person who asked",
    Whom.MENTIONED: "the people named behind an @",
    Whom.MEMBERS: "the project's members",
    Whom.OWNERS: "the project's owners",
    Whom.ADDED: "the new member",
    Whom.PRIVATE: "the person whose it is, else owners or administrators",
}


def document() -> str:
    """The whole of docs/notifications.md."""
    rules = [
        f"| {one.name} | `{one.event}` | {TO[one.whom]} | {_priority(one)} | {'yes' if one.needs_action else '–'} |"
        for one in RULES
    ]
    ends = [f"| `{one.event}` | {_causes(one)} | {one.words.replace('{decision}', '…')} |" for one in ENDINGS]
    return HEAD + "\n".join(rules) + "\n" + MIDDLE + "\n".join(ends) + "\n"


def _priority(rule: Rule) -> str:
    return str(rule.priority) if isinstance(rule.priority, Priority) else "by risk or priority"


def _causes(ending: Ending) -> str:
    return ", ".join(f"`{cause}`" for cause in ending.causes)


if __name__ == "__main__":
    FILE.write_text(document())
