"""What the API shows of models: what their names tell, how they score, and which is chosen and why."""

from collections.abc import Sequence
from math import ceil

from pydantic import BaseModel, Field

from loom_app.kernel.rest import Shown
from loom_app.providers.chat import ModelInfo
from loom_app.providers.modelchoice import (
    ROLES,
    Complexity,
    Interactivity,
    Need,
    Scored,
    card,
    choose,
    interactivity,
    least_memory_gb,
    rank_of,
    score,
)
from loom_app.providers.modelfamilies import RECOMMENDED
from loom_app.providers.modelnames import Kind, ModelSpec
from loom_app.providers.models import Provider

MOST_MODELS = 2_000
CARD_GB = 80


class SpecView(BaseModel):
    """What is known of a model. Sizes are billions of parameters, memory is in GB; null where nobody says."""

    name: str
    vendor: str
    family: str
    kind: Kind
    total_params_b: float | None
    active_params_b: float | None
    precision: str
    quantization: str
    instruct: bool
    coder: bool
    reasoning: bool
    vision: bool
    context_length: int | None
    interactivity: Interactivity
    parallelization_hints: list[str]
    min_vram_gb: float | None
    suggested_gpu_class: str
    rank: int | None = Field(description="Its place among the recommended models, from 1.")

    @classmethod
    def of(cls, spec: ModelSpec, context: int | None) -> "SpecView":
        """The view of what a name told."""
        own = {name: getattr(spec, name) for name in cls.model_fields if hasattr(spec, name)}
        memory = least_memory_gb(spec)
        return cls(
            **own, context_length=context, interactivity=interactivity(spec), min_vram_gb=memory,
            suggested_gpu_class=card(spec), parallelization_hints=_hints(spec, memory), rank=rank_of(spec),
        )  # fmt: skip


class PartView(Shown):
    """One reason of a score."""

    points: float
    why: str


class ScoredView(SpecView):
    """A model on offer with its score and what that is made of."""

    score: float
    parts: list[PartView]
    eligible: bool = Field(description="Whether it can be talked with at all.")
    requested: bool = Field(description="Whether it is the one that is asked.")

    @classmethod
    def scored(cls, one: Scored, requested: str) -> "ScoredView":
        """The view of a scored model."""
        return cls(
            **SpecView.of(one.spec, one.context).model_dump(),
            score=one.score,
            parts=[PartView(points=part.points, why=part.why) for part in one.parts],
            eligible=one.eligible,
            requested=one.spec.name == requested,
        )


class RoleView(Shown):
    """The best model for one role."""

    role: str
    complexity: Complexity
    model: str | None


class CatalogView(Shown):
    """The models a provider offers, the best for `complexity` first, and the one that is asked."""

    complexity: Complexity
    code: bool = Field(description="Whether the work is mostly code.")
    best: str | None
    why: str
    requested: str = Field(description="The model that is asked now.")
    requested_because: str
    chosen_by_person: bool
    answers_as: str = Field(description="The model that answered last.")
    total: int
    models: list[ScoredView]
    roles: list[RoleView]


class RecommendedView(Shown):
    """Models that do well as agents, the best for the work first."""

    complexity: Complexity
    models: list[ScoredView]


def catalog_of(provider: Provider, offered: Sequence[ModelInfo], need: Need) -> CatalogView:
    """The catalog of what a provider offers."""
    listed = offered[:MOST_MODELS]
    choice = choose(listed, need)
    return CatalogView(
        complexity=need.complexity,
        code=need.code,
        best=choice.model,
        why=choice.why,
        requested=provider.model,
        requested_because=provider.selection_reason,
        chosen_by_person=bool(provider.configured_model),
        answers_as=provider.selected_model,
        total=len(offered),
        models=[ScoredView.scored(one, provider.model) for one in choice.scored],
        roles=_by_role(listed),
    )


def recommended(need: Need) -> RecommendedView:
    """The recommended models, scored for `need`."""
    scored = sorted((score(ModelInfo(name), need) for name in RECOMMENDED), key=lambda one: -one.score)
    return RecommendedView(complexity=need.complexity, models=[ScoredView.scored(one, "") for one in scored])


def _by_role(offered: Sequence[ModelInfo]) -> list[RoleView]:
    best = {need: choose(offered, need).model for need in {Need.of(role) for role in ROLES}}
    return [RoleView(role=role, complexity=Need.of(role).complexity, model=best[Need.of(role)]) for role in ROLES]


def _hints(spec: ModelSpec, memory: float | None) -> list[str]:
    """How to spread it over cards, where one does not hold it."""
    if memory is None or memory <= CARD_GB:
        return []
    cards = f"tensor parallel over {ceil(memory / CARD_GB)} cards of {CARD_GB} GB"
    return [cards, "expert parallel"] if spec.is_moe else [cards]
