"""A query made ready: its words for the index, its fields as conditions, and what was wrong with it."""

from dataclasses import dataclass, field

from rapidfuzz import process
from sqlalchemy import ColumnElement, Select, false, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.tables import BEADS
from loom_app.search import known
from loom_app.search.conditions import Unknown, of_value
from loom_app.search.fields import ALIASES, FIELDS
from loom_app.search.fulltext import DOCUMENTS, KINDS, Wanted, matching
from loom_app.search.known import Scope
from loom_app.search.language import Asked, Group, Query, Words

ALIKE = 60
"""From this likeness of two words on, in percent, one may have been meant as the other."""
INDEXED = frozenset({"status", "priority", "type", "agent", "tag", "id", "is"})


@dataclass
class Plan:
    """What is looked for, and where."""

    query: Query
    scope: Scope
    groups: list[Group] = field(default_factory=list)
    unwanted: list[Words] = field(default_factory=list)
    indexed: list[ColumnElement[bool]] = field(default_factory=list)
    """Conditions that an index answers for all beads at once."""
    others: list[ColumnElement[bool]] = field(default_factory=list)
    """Conditions that are quicker to ask of the beads that were found."""
    parts: set[str] = field(default_factory=lambda: set(KINDS))
    problems: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Those of the problems for which the query finds less than was meant."""
    better: str = ""
    """The query with what was wrong put right, as far as something similar was found."""

    @property
    def wanted(self) -> Wanted | None:
        """What the index is asked; None when only fields are."""
        words = tuple(tuple(term for term in group if isinstance(term, Words)) for group in self.groups)
        return Wanted(words, tuple(self.unwanted)) if words else None

    def on_beads(self) -> list[ColumnElement[bool]]:
        """Everything that is asked, as conditions on a bead that may be found."""
        whole = [known.visible(self.scope), *self.indexed, *self.others]
        if self.query.text.strip() and not self.query.groups:
            whole.append(false())
        if self.wanted is not None:
            whole.append(
                BEADS.c.id.in_(self._said_by(self.wanted, tuple(part for part in KINDS if part in self.parts)))
            )
        else:
            said = (self._said_by(Wanted(((words,),)), ("title", "text")) for words in self.unwanted)
            whole += [not_(BEADS.c.id.in_(each)) for each in said]
        return whole

    def _said_by(self, wanted: Wanted, parts: tuple[str, ...]) -> Select[tuple[str]]:
        found = matching(self.scope.dialect, wanted, parts).subquery()
        return select(DOCUMENTS.c.bead_id).join(found, found.c.id == DOCUMENTS.c.id)

    def mixed(self, words: Words) -> ColumnElement[bool]:
        """Whether a bead has the words somewhere, where they are one choice beside a field."""
        said = BEADS.c.id.in_(self._said_by(Wanted(((words,),)), tuple(KINDS)))
        return not_(said) if words.negated else said


async def made(tx: AsyncSession, query: Query, scope: Scope) -> Plan:
    """The plan of a query, its values looked up."""
    plan = Plan(query, scope, problems=list(query.problems), wrong=list(query.problems))
    repairs = _unknown_fields(plan)
    _narrow_parts(plan)
    for group in query.groups:
        rest = tuple(term for term in group if not (isinstance(term, Asked) and term.field == "in"))
        if not rest:
            continue
        if all(isinstance(term, Words) and not term.negated for term in rest):
            plan.groups.append(rest)
        elif len(rest) == 1 and isinstance(rest[0], Words):
            plan.unwanted.append(rest[0])
        else:
            indexed = all(isinstance(term, Asked) and term.field in INDEXED for term in rest)
            condition = or_(*[await _condition(tx, plan, term, repairs) for term in rest])
            (plan.indexed if indexed else plan.others).append(condition)
    plan.better = _repaired(query.text, repairs)
    return plan


async def _condition(
    tx: AsyncSession, plan: Plan, term: Asked | Words, repairs: list[tuple[int, int, str]]
) -> ColumnElement[bool]:
    if isinstance(term, Words):
        return plan.mixed(term)
    found, written = [], []
    for value in term.values:
        outcome = await of_value(tx, plan.scope, term.field, value)
        if isinstance(outcome, Unknown):
            written.append(_misnamed(plan, term.field, value, outcome))
        else:
            found.append(outcome)
            written.append(value)
    if len(found) < len(term.values) and all(written):
        repairs.append((term.start, term.end, f"{'-' * term.negated}{term.field}:{','.join(map(_quoted, written))}"))
    if not found:
        return true() if term.negated else false()
    return not_(or_(*found)) if term.negated else or_(*found)


def _misnamed(plan: Plan, name: str, value: str, unknown: Unknown) -> str:
    """Says that `value` is none, and returns what it was most likely meant as."""
    nearest = nearest_of(value, unknown.options)
    hint = f"Did you mean {nearest}?" if nearest else f"{name}: takes {FIELDS[name]}."
    plan.problems.append(f"{_quoted(value[:50])} is no {name} here. {hint}")
    plan.wrong.append(plan.problems[-1])
    return nearest


def nearest_of(value: str, options: tuple[str, ...]) -> str:
    """The one of `options` most like `value`, "" when none is."""
    found = process.extractOne(value.lower(), options, processor=str.lower, score_cutoff=ALIKE) if options else None
    return found[0] if found else ""


def _unknown_fields(plan: Plan) -> list[tuple[int, int, str]]:
    repairs = []
    for words in plan.query.unknown:
        name, _, rest = words.text.partition(":")
        nearest = nearest_of(name, (*FIELDS, *ALIASES))
        known_as = f"Did you mean {nearest}:?" if nearest else f"The fields are {', '.join(FIELDS)}."
        plan.problems.append(f"There is no field {name[:50]}:, so it was looked for as text. {known_as}")
        if nearest:
            repairs.append((words.start, words.end, f"{'-' * words.negated}{nearest}:{rest.strip()}"))
    return repairs


def _narrow_parts(plan: Plan) -> None:
    """`in:` says which parts count: those named, or all but those named."""
    asked = [term for group in plan.query.groups for term in group if isinstance(term, Asked) and term.field == "in"]
    for term in asked:
        wrong = [value for value in term.values if value.lower() not in ("title", "comments", "runs")]
        plan.problems += [f"{_quoted(value[:50])} is no place to look in. in: takes {FIELDS['in']}." for value in wrong]
    only = {value.lower() for term in asked if not term.negated for value in term.values} & set(KINDS)
    never = {value.lower() for term in asked if term.negated for value in term.values} & set(KINDS)
    plan.parts = (only or set(KINDS)) - never


def _repaired(text: str, repairs: list[tuple[int, int, str]]) -> str:
    for start, end, better in sorted(repairs, reverse=True):
        text = text[:start] + better + text[end:]
    return text if repairs else ""


def _quoted(value: str) -> str:
    return f'"{value}"' if not value or set(value) & set(' ,"') else value
