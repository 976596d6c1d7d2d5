"""Which of the models on offer to ask: each is scored by what its name tells, and the score has its reasons."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2, log10, sqrt
from typing import Literal

from loom_app.providers.chat import ModelInfo
from loom_app.providers.modelfamilies import AGED, RECOMMENDED
from loom_app.providers.modelnames import ModelSpec, parse, same_model

Interactivity = Literal["fast", "medium", "slow"]

FAST_B, MEDIUM_B = 15, 40
"""Billions of parameters at work at once up to which a model answers fast, or still fluently."""
SPEED: dict[Interactivity, int] = {"fast": 10, "medium": 5, "slow": -5}
RECKONED: dict[Interactivity, float] = {"fast": 8, "medium": 70, "slow": 400}
"""Billions of parameters reckoned with where nobody tells a size."""
QUICK = re.compile(r"mini\b|nano|flash|haiku|lite|small|turbo|instant|tiny|micro|fast|air\b")
HEAVY = re.compile(r"opus|ultra|\bmax\b|\blarge\b|premier|heavy")
BITS = {"fp32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "fp4": 4}
SPARE = 1.2
"""Memory for a short context beside the weights."""
LEAST_CONTEXT = 16_384
UNRANKED = 20


class Complexity(StrEnum):
    """How hard the work is that a model is to do."""

    SIMPLE = "simple"
    MEDIUM = "medium"
    COMPLEX = "complex"
    EXTENDED = "extended"


ENOUGH_B = {Complexity.SIMPLE: 3, Complexity.MEDIUM: 14, Complexity.COMPLEX: 30, Complexity.EXTENDED: 70}
"""Billions of parameters, of a dense model, below which work of that kind suffers."""

_C = Complexity
ROLES: dict[str, tuple[Complexity, bool]] = {
    "ceo": (_C.COMPLEX, False), "cfo": (_C.MEDIUM, False), "cto": (_C.EXTENDED, True),
    "engineering-manager": (_C.COMPLEX, True), "code-reviewer": (_C.COMPLEX, True),
    "devops-engineer": (_C.COMPLEX, True), "qa-engineer": (_C.COMPLEX, True),
    "web-designer-engineer": (_C.COMPLEX, True), "web-designer": (_C.MEDIUM, True),
    "decision-maker": (_C.COMPLEX, False), "product-manager": (_C.MEDIUM, False),
    "project-manager": (_C.MEDIUM, False), "documentation-manager": (_C.MEDIUM, False),
    "public-relations-manager": (_C.SIMPLE, False), "housekeeping-bot": (_C.SIMPLE, False),
}  # fmt: skip
"""How hard a role's work is, and whether it is mostly code."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a model is wanted for. A whole team needs what its engineers do."""

    complexity: Complexity = Complexity.COMPLEX
    code: bool = True

    @classmethod
    def of(cls, role: str = "", complexity: Complexity | None = None) -> "Need":
        """That of a role, or of work as hard as `complexity` by whoever has that role."""
        usual, code = ROLES.get(role, (cls().complexity, cls().code))
        return cls(complexity or usual, code)


@dataclass(frozen=True, slots=True)
class Part:
    """One reason of a score."""

    points: float
    why: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A model with its score and what that is made of. One that is not `eligible` cannot do the work at all."""

    spec: ModelSpec
    context: int | None
    parts: tuple[Part, ...]
    eligible: bool

    @property
    def score(self) -> float:
        """The sum of its parts."""
        return round(sum(part.points for part in self.parts), 1)


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, None when none will do, and why; `scored` has all of them, the best first."""

    model: str | None
    score: float | None
    why: str
    scored: tuple[Scored, ...]


def choose(offered: Sequence[ModelInfo], need: Need | None = None, *, ranks: Sequence[str] = RECOMMENDED) -> Choice:
    """The best of what is on offer for `need`; among equals the first. `ranks` are names, the most wanted first."""
    wanted = need or Need()
    scored = sorted((score(model, wanted, ranks) for model in offered), key=lambda one: (not one.eligible, -one.score))
    best = scored[0] if scored and scored[0].eligible else None
    return Choice(best.spec.name if best else None, best.score if best else None, _why(scored, wanted), tuple(scored))


def score(model: ModelInfo, need: Need, ranks: Sequence[str] = RECOMMENDED) -> Scored:
    """One model's score: 100, more for speed, less for size and rank, and less the worse it fits the need."""
    spec = parse(model.id)
    context = model.context_length or spec.context
    parts = [Part(100, "to begin with"), _speed(spec), _size(spec), _rank(spec, ranks), *_fit(spec, context, need)]
    return Scored(spec, context, tuple(part for part in parts if part.points), spec.kind == "chat")


def interactivity(spec: ModelSpec) -> Interactivity:
    """How quickly it answers: by the parameters at work at once, else by its name."""
    active = spec.active_params_b or spec.total_params_b
    if active is not None:
        return "fast" if active <= FAST_B else "medium" if active <= MEDIUM_B else "slow"
    name = spec.name.lower()
    return "fast" if QUICK.search(name) else "slow" if HEAVY.search(name) else "medium"


def dense_equivalent(spec: ModelSpec) -> float:
    """Billions of parameters of a dense model that does as well: the geometric mean of all and those at work."""
    total = spec.total_params_b or RECKONED[interactivity(spec)]
    return sqrt(total * (spec.active_params_b or total))


def least_memory_gb(spec: ModelSpec) -> float | None:
    """What its weights take on a graphics card, with a little to spare; 16 bits where its name has no precision."""
    if spec.total_params_b is None:
        return None
    digits = "".join(filter(str.isdigit, spec.precision))
    bits = BITS.get(spec.precision) or int(digits or 16)
    return round(spec.total_params_b * bits / 8 * SPARE, 1)


def card(spec: ModelSpec) -> str:
    """The class of graphics cards its weights fit on; empty when its size is not known."""
    memory = least_memory_gb(spec)
    classes = ((8, "8 GB"), (16, "16 GB"), (24, "24 GB"), (48, "48 GB"), (80, "80 GB"), (640, "several 80 GB"))
    if memory is None:
        return ""
    return next((name for size, name in classes if memory <= size), "a cluster")


def rank_of(spec: ModelSpec, ranks: Sequence[str] = RECOMMENDED) -> int | None:
    """Its place among the recommended models, from 1; None for all others."""
    return next((place for place, name in enumerate(ranks, 1) if same_model(name, spec.name)), None)


def _speed(spec: ModelSpec) -> Part:
    speed = interactivity(spec)
    return Part(SPEED[speed], f"answers {speed}" if speed != "medium" else "answers at a medium pace")


def _size(spec: ModelSpec) -> Part:
    told = spec.total_params_b
    total = told if told is not None else RECKONED[interactivity(spec)]
    why = f"{total:g} billion parameters" if told is not None else f"size not told, reckoned as {total:g} billion"
    return Part(round(-10 * log10(total + 1), 1), why)


def _rank(spec: ModelSpec, ranks: Sequence[str]) -> Part:
    place = rank_of(spec, ranks)
    if place is None:
        return Part(-min(UNRANKED, len(ranks) + 1) if ranks else 0, "not among the recommended")
    return Part(-min(place, UNRANKED), f"recommended, number {place}")


def _fit(spec: ModelSpec, context: int | None, need: Need) -> Iterable[Part]:
    enough, has = ENOUGH_B[need.complexity], dense_equivalent(spec)
    if has < enough:
        points = round(-20 * log2(enough / has), 1)
        yield Part(points, f"as able as {has:.3g} billion, where {need.complexity} work wants {enough}")
    if not spec.instruct:
        yield Part(-25, "not known to follow instructions")
    if AGED.search(spec.name.lower().rpartition("/")[2]):
        yield Part(-15, "newer lines have left it behind")
    if need.code and spec.coder:
        yield Part(8, "made for code")
    if need.complexity in (Complexity.COMPLEX, Complexity.EXTENDED) and spec.reasoning:
        yield Part(4, "reasons")
    if context is not None and context < LEAST_CONTEXT:
        yield Part(-20, f"a context of {context:,} tokens is short")
    if spec.precision in ("int2", "int3", "int1"):
        yield Part(-10, f"squeezed to {spec.precision}")


def _why(scored: Sequence[Scored], need: Need) -> str:
    able = [one for one in scored if one.eligible]
    if not able:
        what = "offers no models" if not scored else "offers no model to talk with"
        return f"The provider {what}."
    best = able[0]
    if len(able) == 1:
        return f"{best.spec.name} is the only model on offer that can be talked with."
    reasons = ", ".join(f"{part.why} ({part.points:+g})" for part in best.parts[1:])
    rest = able[1]
    behind = "as good as" if rest.score == best.score else "ahead of"
    return (
        f"{best.spec.name} scores {best.score:g} for {need.complexity} work, {behind} {rest.spec.name} with "
        f"{rest.score:g}, of {len(able)} on offer: {reasons}."
    )
